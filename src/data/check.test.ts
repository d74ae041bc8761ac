import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkFolder } from './check.js';
import { openFolder } from './folder.js';
import { jpeg, npy, png, rgb, temporaryFolder, writeTestFile } from './folder.test.fixture.js';
import { initDescription } from './init.js';
import { drawPreview } from './preview.js';

const description = {
  name: 'test',
  splits: {
    train: { images: 'image/*.jpg', labels: { seg: 'seg/*.png', depth: 'depth/*.npy', normals: 'normals/*.png' } },
  },
  labels: {
    seg: { kind: 'segmentation', classes: ['low', 'high'] },
    depth: { kind: 'depth', metresPerValue: 1 },
    normals: { kind: 'normals' },
  },
} as const;

/** A sound folder of 4 x 2 pixels; its normals face the viewer, its depth is 2 m. */
async function fill(root: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await writeTestFile(join(root, 'image', `${name}.jpg`), await jpeg(rgb(4, 2, (x) => [40 * x, 90, 90])));
    await writeTestFile(join(root, 'seg', `${name}.png`), png(4, 2, 1, [0, 0, 0, 1, 0, 0, 255, 1]));
    await writeTestFile(join(root, 'depth', `${name}.npy`), npy([2, 4], [0, 2, 2, 2, 2, 2, 2, 4]));
    const facing = Array.from({ length: 8 }, () => [128, 128, 255]).flat();
    await writeTestFile(join(root, 'normals', `${name}.png`), png(4, 2, 3, facing));
  }
}

test('a check reports every problem of a folder at once', async (t) => {
  const root = await temporaryFolder(t);
  await fill(root, ['cut', 'far', 'lone', 'nan', 'size', 'zero']);
  const photo = await jpeg(rgb(4, 2, () => [1, 2, 3]));
  await writeTestFile(join(root, 'image', 'cut.jpg'), photo.subarray(0, photo.length - 20));
  await writeTestFile(join(root, 'seg', 'far.png'), png(4, 2, 1, [0, 0, 0, 200, 0, 0, 0, 0]));
  await writeTestFile(join(root, 'image', 'unpaired.jpg'), photo);
  await writeTestFile(join(root, 'seg', 'orphan.png'), png(4, 2, 1, new Array(8).fill(0)));
  await writeTestFile(join(root, 'depth', 'nan.npy'), npy([2, 4], [1, 1, 1, 1, 1, Number.NaN, 1, 1]));
  await writeTestFile(join(root, 'seg', 'size.png'), png(2, 2, 1, [0, 0, 0, 0]));
  await writeTestFile(join(root, 'normals', 'zero.png'), png(4, 2, 3, new Array(24).fill(128)));
  const { problems, notes } = await checkFolder({ root, description });
  const expected = [
    /seg.\*\.png: 1 of 7 images have no seg label: .*unpaired\.jpg \(looked for "unpaired"\)/,
    /1 of 7 images have no depth label: .*unpaired\.jpg/,
    /1 of 7 images have no normals label: .*unpaired\.jpg/,
    /cut\.jpg: the image is cut short/,
    /far\.png: class index 200 at x 3, y 0/,
    /nan\.npy: depth NaN at x 1, y 1/,
    /size\.png: is 2x2, expected 4x2/,
    /zero\.png: colour \(128, 128, 128\) at x 0, y 0 is a zero vector/,
  ];
  assert.equal(problems.length, expected.length, problems.join('\n'));
  for (const pattern of expected)
    assert.ok(
      problems.some((line) => pattern.test(line)),
      `${pattern} in ${problems}`,
    );
  assert.match(notes.join(), /1 label files pair with no image, such as .*orphan\.png/);
});

test('a check of a sound folder counts pixels by class, metres and what is labelled', async (t) => {
  const root = await temporaryFolder(t);
  await fill(root, ['a', 'b']);
  const steps: string[] = [];
  const onProgress = (done: number, total: number) => steps.push(`${done}/${total}`);
  const { problems, splits } = await checkFolder({ root, description, onProgress });
  assert.deepEqual(problems, []);
  assert.deepEqual(steps, ['1/2', '2/2']);
  const { seg, depth, normals } = splits.train.labels;
  assert.deepEqual(splits.train.sizes, { '4x2': 2 });
  assert.deepEqual(seg.classes, [
    { name: 'low', pixels: 10 },
    { name: 'high', pixels: 4 },
  ]);
  assert.deepEqual([seg.files, seg.pixels, seg.labelledPixels], [2, 16, 14]);
  assert.deepEqual([depth.labelledPixels, depth.metres], [14, { least: 2, most: 4, sum: 32 }]);
  assert.equal(normals.labelledPixels, 16);
});

test('init finds folders, splits, classes and the unlabelled index', async (t) => {
  const root = await temporaryFolder(t);
  await fill(join(root, 'training'), ['a', 'b']);
  await fill(join(root, 'val'), ['c']);
  const { description: found, notes } = await initDescription(root, { name: 'mine' });
  assert.deepEqual(found.splits, {
    train: {
      images: 'training/image/*.jpg',
      labels: { segmentation: 'training/seg/*.png', normals: 'training/normals/*.png', depth: 'training/depth/*.npy' },
    },
    val: {
      images: 'val/image/*.jpg',
      labels: { segmentation: 'val/seg/*.png', normals: 'val/normals/*.png', depth: 'val/depth/*.npy' },
    },
  });
  assert.deepEqual(found.labels.segmentation, { kind: 'segmentation', classes: ['class 0', 'class 1'], ignore: 255 });
  assert.deepEqual(found.labels.depth, { kind: 'depth', metresPerValue: 1 });
  assert.match(
    notes.join('\n'),
    /guessed: segmentation: 2 classes, index 0 to 1, because 3 files read hold 0 \(15 pixels in 3 files\)/,
  );
  assert.deepEqual((await checkFolder({ root, description: found })).problems, []);
});

test('init takes patterns and the index of unlabelled pixels as given', async (t) => {
  const root = await temporaryFolder(t);
  await writeTestFile(join(root, 'x', 'a.jpg'), await jpeg(rgb(2, 1, () => [0, 0, 0])));
  await writeTestFile(join(root, 'y', 'a_L.png'), png(2, 1, 1, [1, 3]));
  const labels = { segmentation: { train: 'y/*_L.png' } };
  const options = { images: { train: 'x/*.jpg' }, labels, classes: ['u', 'v', 'w'], ignore: [3], deriveBoundaries: 1 };
  const { description: found } = await initDescription(root, options);
  assert.deepEqual(found.labels, {
    segmentation: { kind: 'segmentation', classes: ['u', 'v', 'w'], ignore: 3 },
    boundaries: { kind: 'boundaries', from: 'segmentation', thickness: 1 },
  });
  const apart = initDescription(root, { ...options, labels: { segmentation: { train: 'y/*.png' } } });
  await assert.rejects(apart, {
    name: 'NddrError',
    message: /none of its 1 files pairs .*"a_L" in .*a_L\.png, and "a" in .*a\.jpg\n.*'train=label/,
  });
});

test('init of a folder without images says how to name them', async (t) => {
  await assert.rejects(initDescription(await temporaryFolder(t), {}), {
    name: 'NddrError',
    message: /--images 'train=/,
  });
});

test('a preview has a row for every sample, and pictures of every label', async (t) => {
  const root = await temporaryFolder(t);
  await fill(root, ['a', 'b', 'c', 'd']);
  const { sheet, columns, ids } = await drawPreview(await openFolder({ root, description, split: 'train' }), 2, 40);
  assert.deepEqual(ids, ['a', 'c']);
  assert.deepEqual(columns.slice(0, 3), ['image', 'seg', 'seg over the image']);
  assert.equal(columns.length, 7);
  // 7 cells of 40 x 20 with gaps of 4 around them.
  assert.deepEqual([sheet.width, sheet.height], [7 * 44 + 4, 2 * 24 + 4]);
  const at = (x: number, y: number) => [
    ...sheet.data.subarray(3 * (y * sheet.width + x), 3 * (y * sheet.width + x) + 3),
  ];
  assert.deepEqual(at(1, 1), [255, 255, 255]);
  // The sixth cell shows the normals: towards the viewer, (128, 128, 255).
  assert.deepEqual(at(4 + 5 * 44 + 20, 14), [128, 128, 255]);
});
