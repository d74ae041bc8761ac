// Imports of real files of several data sets, which lie beside a clone; see the README there.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkFolder } from '../check.js';
import { openFolder } from '../folder.js';
import { temporaryFolder } from '../folder.test.fixture.js';
import { importData } from './run.js';

const data = fileURLToPath(new URL('../../../../../shared/data', import.meta.url));

/** Imports real files. @returns the check of the folder, and the folder; undefined where there are no such files */
async function importReal(t: TestContext, kind: string, from: string, settings: object = {}) {
  const source = join(data, from);
  if (!existsSync(source)) {
    t.skip(`there are no files in ${source}`);
    return undefined;
  }
  const dest = join(await temporaryFolder(t), 'dest');
  const report = await importData({ kind, settings: settings as Record<string, unknown>, sources: [source], dest });
  assert.deepEqual(report.failures, []);
  const check = await checkFolder({ root: dest });
  assert.deepEqual(check.problems, []);
  return { dest, check };
}

/** The share of the labelled pixels that each class has. */
const shares = (classes: readonly { readonly name: string; readonly pixels: number }[] = []) => {
  const all = classes.reduce((sum, { pixels }) => sum + pixels, 0);
  return Object.fromEntries(classes.map(({ name, pixels }) => [name, pixels / all]));
};

test('two frames of VOC, as labelme writes them: palette PNG and names of the classes', async (t) => {
  const found = await importReal(t, 'voc', 'samples/voc', { shares: { train: 1 } });
  if (!found) return;
  const { classes } = found.check.splits.train.labels.segmentation;
  assert.equal(classes?.length, 21);
  const { bus, _background_: background, aeroplane } = shares(classes);
  assert.ok(bus > 0.3 && background > 0.5 && aeroplane === 0);
});

test('two frames of ADE20K: ids from 1, names from the table', async (t) => {
  const found = await importReal(t, 'ade20k', 'samples/ade20k');
  if (!found) return;
  const { val } = found.check.splits;
  assert.deepEqual(val.sizes, { '683x512': 1, '500x364': 1 });
  assert.ok(val.labels.segmentation.labelledPixels / val.labels.segmentation.pixels > 0.95);
});

test('a frame of KITTI with painted labels: all colours are known', async (t) => {
  const found = await importReal(t, 'kitti', 'samples/kitti', { shares: { train: 1 } });
  if (!found) return;
  const { building, car, tree } = shares(found.check.splits.train.labels.segmentation.classes);
  assert.deepEqual(
    [building, car, tree].map((share) => Math.round(100 * share)),
    [50, 20, 8],
  );
});

test('a frame of NYU v2 by the settings of "folder": depth in 1/5000 m, normals whose blue is up', async (t) => {
  const found = await importReal(t, 'folder', 'samples/nyu', {
    images: '000*.png',
    shares: { train: 1 },
    labels: {
      depth: { files: 'depth_gt_000*.png', kind: 'depth', metresPerValue: 0.0002 },
      normals: { files: 'norm_gt_000*.png', kind: 'normals', axes: ['x', '-z', 'y'], unlabelled: [127, 127, 127] },
    },
  });
  if (!found) return;
  const { metres, files } = found.check.splits.train.labels.depth;
  assert.ok(files === 1 && metres && metres.least > 1 && metres.most < 10);
  const { labels } = await (await openFolder({ root: found.dest, split: 'train' })).read(0);
  const { data: normals, width, height } = labels.normals;
  // Hardly a normal of a real scene faces away from the viewer.
  const z = normals.subarray(2 * width * height);
  const away = z.filter((value) => value < -0.05).length;
  assert.ok(away / z.length < 0.02, `${away} of ${z.length} vectors face away`);
});
