/** nddr predict on images as they come. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { jpeg, rgb, writeTestFile } from '../src/data/folder.test.fixture.js';
import { readImage, readPngMap } from '../src/data/image.js';
import { parseConfig } from '../src/experiments/config.js';
import { exportRun } from '../src/experiments/export.js';
import { type PredictEvent, type PredictOptions, predictRun } from '../src/experiments/predict.js';
import { run } from '../src/experiments/run.js';
import { assertRefused, hashes, nddr, succeed, temporaryFolder, tinyConfig } from './command.fixture.js';

const root = temporaryFolder({ after });
const path = join(root, 'run');
const photo = (width = 40, height = 24) => jpeg(rgb(width, height, (x, y) => [5 * x, 7 * y, (x * y) % 200]));

before(async () => {
  const tasks = { segmentation: { kind: 'segmentation' }, depth: { kind: 'depth' }, scene: { kind: 'classification' } };
  const train = { ...tinyConfig.train, steps: 2 };
  for await (const _ of run({ path, config: parseConfig({ ...tinyConfig, tasks, train }) }));
});

async function predicted(options: Omit<PredictOptions, 'path'> & { readonly path?: string }): Promise<PredictEvent[]> {
  const events: PredictEvent[] = [];
  for await (const event of predictRun({ path, ...options })) events.push(event);
  return events;
}

test('a folder with a damaged image, a HEIC, several pages and other files is answered as far as it goes', async (t) => {
  const folder = join(root, 'mixed');
  await writeTestFile(
    join(folder, 'good.TIF'),
    await sharp(await photo())
      .tiff()
      .toBuffer(),
  );
  await writeTestFile(join(folder, 'cut.jpg'), await photo());
  await truncate(join(folder, 'cut.jpg'), 300);
  await writeTestFile(join(folder, 'phone.HEIC'), Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1', 'latin1'));
  await writeTestFile(join(folder, 'notes.txt'), 'no image');
  const frames = [0, 1, 2].map((at) => rgb(20, 10, () => [80 * at, 0, 0]).data);
  const gif = sharp(Buffer.concat(frames), { raw: { width: 20, height: 30, channels: 3, pageHeight: 10 } }).gif();
  await writeTestFile(join(folder, 'moving.gif'), await gif.toBuffer());

  const out = join(root, 'mixed-out');
  const done = await nddr(t, 'predict', path, folder, '--out', out);
  const message = assertRefused(done, /2 images could not be answered:/, /cut\.jpg: the image is cut short/);
  assert.match(message, /phone\.HEIC: HEIC images cannot be read\. Convert it to JPEG first/);
  assert.match(done.stderr, /1 file is no image and left out: .*notes\.txt/);
  assert.match(done.stderr, /moving\.gif: has 3 pages or frames, the first is answered/);
  assert.match(done.stdout, /^2 images answered \(1 of several pages, the first only\); 12 files written to /);
  assert.deepEqual(new Set(Object.keys(hashes(out)).map((name) => name.split('.')[0])), new Set(['good', 'moving']));
  // Answers are of the first frame.
  const { width, height } = await readImage(join(out, 'moving.segmentation.png'));
  assert.deepEqual([width, height], [20, 10]);
});

test('two images of one name have answers of their own', async () => {
  const [a, b] = [join(root, 'two', 'a'), join(root, 'two', 'b')];
  await writeTestFile(join(a, 'x.jpg'), await photo());
  await writeTestFile(join(b, 'x.jpg'), await photo(24, 40));
  const out = join(root, 'two-out');
  await predicted({ inputs: [a, b], out });
  const sizeOf = async (name: string) => (await readPngMap(join(out, name, 'x.depth.millimetres.png'))).width;
  assert.deepEqual([await sizeOf('a'), await sizeOf('b')], [40, 24]);
});

test('an answer never replaces an image that is asked about', async () => {
  const folder = join(root, 'among');
  const named = [
    await writeTestFile(join(folder, 'x.jpg'), await photo()),
    await writeTestFile(join(folder, 'x.depth.png'), await photo()),
  ];
  const before = hashes(folder);
  const events = await predicted({ inputs: named, out: folder });
  const failed = events.filter((event) => event.type === 'failed');
  assert.equal(failed.length, 1);
  assert.match(failed[0].reason, /x\.jpg: its answer would replace .*x\.depth\.png, which is one of the images/);
  const after = hashes(folder);
  for (const [name, hash] of Object.entries(before)) assert.equal(after[name], hash, name);
  assert.ok(
    Object.keys(after).some((name) => name.startsWith('x.depth.depth.')),
    'the other is answered',
  );
});

test('a large image is answered in tiles, or reduced, at its own size; which of both is said', async (t) => {
  const file = await writeTestFile(join(root, 'large.jpg'), await photo(150, 70));
  for (const [large, line] of [
    ['tiles', /large\.jpg: larger than 64 pixels, answered in \d+ tiles/],
    ['reduce', /large\.jpg: larger than 64 pixels, reduced to 64x30, answers enlarged/],
  ] as const) {
    const out = join(root, large);
    const done = await succeed(t, 'predict', path, file, '--out', out, '--longest', '64', '--large', large);
    assert.match(done.stderr, line);
    assert.match(done.stdout, new RegExp(`^1 image answered \\(1 ${large === 'tiles' ? 'in tiles' : 'reduced'}\\);`));
    for (const name of ['depth.millimetres', 'depth', 'segmentation.classes', 'segmentation']) {
      const { width, height } = await sharp(join(out, `large.${name}.png`)).metadata();
      assert.deepEqual([width, height], [150, 70], name);
    }
  }
});

test('a picture, a raw map and numbers that come in bands are those of the whole', async () => {
  const file = await writeTestFile(join(root, 'banded.jpg'), await photo(150, 70));
  const [whole, small] = [join(root, 'whole'), join(root, 'small')];
  await predicted({ inputs: [file], out: whole, npy: true });
  await predicted({ inputs: [file], out: small, npy: true, longestPixels: 64 });
  const numbers = (folder: string, task: string) => readFileSync(join(folder, `banded.${task}.npy`));
  for (const task of ['depth', 'segmentation']) assert.equal(numbers(whole, task).length, numbers(small, task).length);
  // Millimetres in the PNG are the metres of the .npy, in the order of its rows.
  const bytes = numbers(small, 'depth');
  const header = 10 + bytes.readUInt16LE(8);
  const { data } = await readPngMap(join(small, 'banded.depth.millimetres.png'));
  assert.equal(data.length, 150 * 70);
  for (const [i, value] of data.entries()) {
    const metres = bytes.readFloatLE(header + 4 * i);
    assert.ok(Math.abs(value - 1000 * metres) <= 0.51, `${i}: ${value}, ${metres}`);
  }
});

test('stopped, it ends after the image under way and says where; nothing found is an error', async () => {
  const folder = join(root, 'many');
  mkdirSync(folder);
  for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, `${name}.jpg`), await photo());
  const stop = new AbortController();
  const types: string[] = [];
  const out = join(root, 'many-out');
  for await (const event of predictRun({ path, inputs: [folder], out, signal: stop.signal })) {
    types.push(event.type);
    if (event.type === 'answered') stop.abort();
    if (event.type === 'stopped') assert.deepEqual([event.done, event.total], [1, 3]);
  }
  assert.deepEqual(types, ['found', 'answered', 'stopped']);
  assert.deepEqual(new Set(Object.keys(hashes(out)).map((name) => name.split('.')[0])), new Set(['a']));
  mkdirSync(join(root, 'empty'));
  await assert.rejects(predicted({ inputs: [join(root, 'empty')], out }), /empty holds no image/);
});

test('an exported file answers as its run does, alone and in batches, and over several views', async () => {
  const folder = join(root, 'sizes');
  for (const [name, width, height] of [
    ['a', 40, 24],
    ['sub/b', 40, 24],
    ['c', 24, 40],
    ['sub/d', 40, 24],
  ] as const)
    await writeTestFile(join(folder, `${name}.jpg`), await photo(width, height));
  await writeTestFile(join(folder, 'cut.jpg'), (await photo()).subarray(0, 200));
  const file = join(root, 'model.onnx');
  await exportRun(path, { out: file, images: 0 });
  const inputs = [folder];
  const all = async (name: string, options: Partial<PredictOptions>) => {
    const out = join(root, name);
    const events = await predicted({ inputs, out, npy: true, ...options });
    const ofType = (type: string) => events.filter((event) => event.type === type).length;
    assert.deepEqual([ofType('answered'), ofType('failed'), events.at(-1)?.type === 'stopped'], [4, 1, false]);
    return out;
  };
  const wanted = await all('of-run', {});
  assert.ok(Object.keys(hashes(wanted)).includes('sub/b.depth.png'), 'folders are kept');
  const apart = (other: string) =>
    Object.keys(hashes(wanted))
      .filter((name) => name.endsWith('.npy'))
      .map((name) => {
        const [a, b] = [wanted, other].map((at) => readFileSync(join(at, name)));
        const from = 10 + a.readUInt16LE(8);
        let most = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
        for (let i = from; i < a.length; i += 4) most = Math.max(most, Math.abs(a.readFloatLE(i) - b.readFloatLE(i)));
        return most;
      })
      .reduce((x, y) => Math.max(x, y));
  assert.ok(apart(await all('of-file', { path: file })) < 1e-5);
  assert.ok(apart(await all('in-batches', { path: file, batch: 3 })) < 1e-5);
  assert.ok(apart(await all('in-views', { views: { scales: [1, 1.5], flip: true } })) > 1e-4);
  await assert.rejects(predicted({ inputs, out: root, batch: 2, views: { scales: [1], flip: true } }), /one by one/);
});

test('a file of one size is shown every image at that size, and that is said', async (t) => {
  const file = join(root, 'fixed.onnx');
  await exportRun(path, { out: file, images: 0, fixed: { batch: 1, height: 24, width: 24 } });
  const image = await writeTestFile(join(root, 'other.jpg'), await photo(50, 40));
  const done = await succeed(t, 'predict', file, image, '--out', join(root, 'fixed'));
  assert.match(done.stderr, /other\.jpg: resized to 24x24, the one size that the model takes/);
  const { width, height } = await sharp(join(root, 'fixed', 'other.depth.png')).metadata();
  assert.deepEqual([width, height], [50, 40]);
  assertRefused(
    await nddr(t, 'predict', file, image, '--weights', 'last'),
    /--weights last: .* is a file and has weights/,
  );
});
