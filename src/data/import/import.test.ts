import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Raster } from '../../tasks/raster.js';
import { checkFolder } from '../check.js';
import { type LabelDescription, readDescription } from '../description.js';
import { openFolder } from '../folder.js';
import { temporaryFolder, writeTestFile } from '../folder.test.fixture.js';
import { importKinds } from './index.js';
import { type Layout, layouts, type Pixel, writeLayout } from './layouts.test.fixture.js';
import { importData } from './run.js';

/** Path below a folder to a digest of the content. */
const contentsOf = (root: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(root, name)).isFile())
      .sort()
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(root, name)))
          .digest('hex'),
      ]),
  );

const kinds = Object.keys(importKinds) as (keyof typeof importKinds)[];

/** Fails where a pixel of an imported folder does not hold what it should. */
async function expectPixels(root: string, pixels: readonly Pixel[]): Promise<void> {
  const { labels: described } = await readDescription(join(root, 'dataset.json'));
  let checked = 0;
  for (const split of new Set(pixels.map((one) => one.split))) {
    const dataset = await openFolder({ root, split });
    for (let index = 0; index < dataset.length; index++) {
      const { id, labels } = await dataset.read(index);
      for (const each of pixels.filter((one) => one.split === split && one.id === id)) {
        expectPixel(labels[each.label], described[each.label], each);
        checked++;
      }
    }
  }
  assert.equal(checked, pixels.length, 'every pixel was found');
}

function expectPixel(
  { width, height, data }: Raster,
  what: LabelDescription,
  { id, label, at: [x, y], is }: Pixel,
): void {
  const where = `${id}, ${label} at ${x}, ${y}`;
  const value = data[y * width + x];
  if (what.kind === 'normals') {
    const found = [0, 1, 2].map((k) => data[k * width * height + y * width + x]);
    const wanted = (is ?? [0, 0, 0]) as readonly number[];
    const differs = found.some((component, k) => Math.abs(component - wanted[k]) > 0.01);
    assert.ok(!differs, `${where}: ${found}, expected ${wanted}`);
  } else if (what.kind === 'depth') {
    assert.ok(Math.abs(value - Number(is ?? 0)) < 0.005, `${where}: ${value}, expected ${is}`);
  } else if (typeof is === 'string' && 'classes' in what) assert.equal(what.classes[value], is, where);
  else assert.equal(value, is ?? 255, where);
}

const importLayout = (kind: string, { settings }: Layout, source: string, dest: string) =>
  importData({ kind, settings, sources: [source], dest });

for (const kind of kinds) {
  const layout = layouts[kind];

  test(`${kind}: a folder in its layout becomes sound files with the right pixels, also after an interruption`, async (t) => {
    const root = await temporaryFolder(t);
    const source = await writeLayout(root, layout);
    const [whole, resumed] = [join(root, 'whole'), join(root, 'resumed')];
    const report = await importLayout(kind, layout, source, whole);
    assert.deepEqual([report.complete, report.failures, report.kept], [true, [], 0]);
    const faults = report.skipped.filter(({ names, isFault }) => isFault && names.length > 0);
    assert.deepEqual(faults, []);
    const check = await checkFolder({ root: whole });
    assert.deepEqual(check.problems, []);
    const counts = Object.entries(layout.samples).map(([split, ids]) => [split, ids.length]);
    assert.deepEqual(
      Object.entries(check.splits)
        .map(([split, { images }]) => [split, images])
        .sort(),
      counts.sort(),
    );
    for (const [split, ids] of Object.entries(layout.samples)) {
      const images = readdirSync(join(whole, split, 'images')).map((name) => name.replace(/\.\w+$/, ''));
      assert.deepEqual(images.sort(), [...ids].sort());
      assert.equal(report.splits[split].samples, ids.length);
    }
    await expectPixels(whole, layout.pixels);

    const stop = new AbortController();
    const { settings } = layout;
    const options = { kind, settings, sources: [source], dest: resumed };
    const first = await importData({ ...options, signal: stop.signal, onProgress: () => stop.abort() });
    assert.equal(first.complete, false);
    const begun = Object.keys(contentsOf(resumed));
    assert.ok(!begun.includes('dataset.json') && begun.length > 1);
    // As a killed process and a power cut leave them.
    const files = begun.filter((name) => name !== 'import.json').map((name) => join(resumed, name));
    truncateSync(files[0], statSync(files[0]).size >> 1);
    if (files.length > 1) unlinkSync(files[1]);
    writeFileSync(join(files[0], '..', '.x.png.0123abcd.part'), 'a part');
    assert.equal((await importData(options)).complete, true);
    assert.deepEqual(contentsOf(resumed), contentsOf(whole));
    assert.equal((await importData(options)).kept, Object.values(layout.samples).flat().length);
    assert.deepEqual(contentsOf(resumed), contentsOf(whole));
  });

  test(`${kind}: a folder of other things is refused, and nothing is written`, async (t) => {
    const root = await temporaryFolder(t);
    const source = join(root, 'source');
    await writeTestFile(join(source, 'notes.txt'), 'nothing');
    await assert.rejects(importLayout(kind, layout, source, join(root, 'dest')), {
      name: 'NddrError',
      message: /source/,
    });
    assert.deepEqual(readdirSync(root), ['source']);
  });
}

test('of two imports into one folder at once the second is refused, and the first is as if alone', async (t) => {
  const root = await temporaryFolder(t);
  const layout = layouts.camvid;
  const source = await writeLayout(root, layout);
  const options = { kind: 'camvid', settings: layout.settings, sources: [source], dest: join(root, 'dest') };
  const again = async () => assert.rejects(importData(options), { name: 'NddrError', message: BUSY });
  const tried: Promise<void>[] = [];
  assert.equal((await importData({ ...options, onProgress: () => tried.push(again()) })).complete, true);
  await Promise.all(tried);
  assert.ok(tried.length > 0);
  assert.ok(!readdirSync(options.dest).includes('lock.json'));
  await importLayout('camvid', layout, source, join(root, 'alone'));
  assert.deepEqual(contentsOf(options.dest), contentsOf(join(root, 'alone')));
});

const BUSY =
  /dest is in use by process \d+.*end the import that it has there first; a new import can have another folder/;
