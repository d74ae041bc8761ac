import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import sharp from 'sharp';
import { checkFolder } from './check.js';
import { openFolder } from './folder.js';
import { npy, png, temporaryFolder, writeTestFile } from './folder.test.fixture.js';
import { initDescription } from './init.js';

/** A photo of 4 x 2 stored pixels, the left half dark, that EXIF turns. */
const photo = (orientation: number): Promise<Buffer> =>
  sharp(Buffer.from(Array.from({ length: 24 }, (_, at) => (Math.floor(at / 3) % 4 < 2 ? 0 : 255))), {
    raw: { width: 4, height: 2, channels: 3 },
  })
    .withMetadata({ orientation })
    .png()
    .toBuffer();

const seg = { kind: 'segmentation', classes: ['dark', 'light'] } as const;
const splits = { train: { images: 'image/*.png', labels: { seg: 'label/*.png' } } };
const described = (orientation: 'stored' | 'turned') => ({
  name: 'x',
  splits,
  labels: { seg: { ...seg, orientation }, edges: { kind: 'boundaries', from: 'seg' } as const },
});

/** Images of these orientations, each with a label of its dark and light stored pixels. */
async function folder(t: TestContext, ...orientations: number[]): Promise<string> {
  const root = await temporaryFolder(t);
  for (const orientation of orientations) {
    await writeTestFile(join(root, `image/${orientation}.png`), await photo(orientation));
    await writeTestFile(join(root, `label/${orientation}.png`), png(4, 2, 1, [0, 0, 1, 1, 0, 0, 1, 1]));
  }
  return root;
}

test('labels that lie as the stored pixels are turned with their image, derived ones too', async (t) => {
  const orientations = [1, 2, 3, 4, 5, 6, 7, 8];
  const root = await folder(t, ...orientations);
  const description = described('stored');
  const dataset = await openFolder({ root, description, split: 'train' });
  for (const index of orientations.keys()) {
    const { image, labels } = await dataset.read(index);
    const light = Array.from({ length: 8 }, (_, at) => Number(image.data[3 * at] > 127));
    assert.deepEqual([...labels.seg.data], light, `orientation ${index + 1}`);
    assert.deepEqual([labels.edges.width, labels.edges.height], [image.width, image.height]);
  }
  const { problems, notes, splits: report } = await checkFolder({ root, description });
  assert.deepEqual(problems, []);
  assert.deepEqual(report.train.sizes, { '4x2': 4, '2x4': 4 });
  assert.match(
    notes.join('\n'),
    /train: 7 of 8 images have an EXIF orientation, 2 \(1\), 3 \(1\), .* 8 \(1\), .*turned upright \(.*2\.png.* and 4 more\); .*: seg as "stored"$/m,
  );
});

test('a label of the stored size is refused with the orientation and the way out; turned ones are read', async (t) => {
  const root = await folder(t, 6);
  const check = (orientation: 'stored' | 'turned') => checkFolder({ root, description: described(orientation) });
  const { problems, notes } = await check('turned');
  assert.equal(problems.length, 1);
  assert.match(
    problems[0],
    /6\.png: is 4x2, and .*6\.png is 2x4 once turned as its EXIF orientation \(6\) says; the label fits it as stored: set labels\.seg\.orientation to "stored"/,
  );
  assert.match(
    notes.join('\n'),
    /1 of 1 images have an EXIF orientation, 6 \(1\), .*labels are taken to lie .*: seg as "turned"$/m,
  );
  await writeTestFile(join(root, 'label/6.png'), png(2, 4, 1, [0, 0, 0, 0, 1, 1, 1, 1]));
  assert.deepEqual((await check('turned')).problems, []);
  assert.match((await check('stored')).problems[0], /fits it turned: set labels\.seg\.orientation to "turned"/);
  await writeTestFile(join(root, 'label/6.png'), png(3, 4, 1, new Array(12).fill(0)));
  assert.match((await check('stored')).problems[0], /is 3x4, and .*export the label at the size of its image/);
});

test('init takes labels to lie as the stored pixels where their sizes say so, and tells the evidence', async (t) => {
  const root = await folder(t, 1, 3, 6, 8);
  const stored = await initDescription(root, {});
  assert.deepEqual(stored.description.labels.segmentation, {
    kind: 'segmentation',
    classes: ['class 0', 'class 1'],
    ignore: 255,
    orientation: 'stored',
  });
  const told = stored.notes.join('\n');
  assert.match(
    told,
    /guessed: segmentation: lies as the stored pixels .*, because 2 of its maps have the size of the stored/,
  );
  assert.match(told, /train: 3 of 4 images have an EXIF orientation, 3 \(1\), 6 \(1\), 8 \(1\)/);
  assert.deepEqual((await checkFolder({ root, description: stored.description })).problems, []);
  await writeTestFile(join(root, 'label/6.png'), png(2, 4, 1, [0, 0, 0, 0, 1, 1, 1, 1]));
  const mixed = await initDescription(root, {});
  assert.match(
    mixed.notes.join('\n'),
    /segmentation: 1 of its maps have the size of the stored .*, 1 that of the turned/,
  );
  assert.equal('orientation' in mixed.description.labels.segmentation, false);
});

test('depth of .npy files is turned too', async (t) => {
  const root = await temporaryFolder(t);
  await writeTestFile(join(root, 'image/a.png'), await photo(6));
  await writeTestFile(join(root, 'depth/a.npy'), npy([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]));
  const depth = { kind: 'depth', metresPerValue: 1, orientation: 'stored' } as const;
  const split = { images: 'image/*.png', labels: { depth: 'depth/*.npy' } };
  const dataset = await openFolder({
    root,
    description: { name: 'x', splits: { train: split }, labels: { depth } },
    split: 'train',
  });
  // Turned clockwise: the first column, read from below, becomes the first row.
  assert.deepEqual([...(await dataset.read(0)).labels.depth.data], [5, 1, 6, 2, 7, 3, 8, 4]);
});

test('images of several pages are named once, by check and by init', async (t) => {
  const root = await temporaryFolder(t);
  const raw = { width: 2, height: 6, channels: 3, pageHeight: 2 } as const;
  const frames = sharp(Buffer.from(Array.from({ length: 36 }, (_, at) => 7 * at)), { raw });
  await writeTestFile(join(root, 'image/a.gif'), await frames.clone().gif().toBuffer());
  await writeTestFile(join(root, 'image/b.TIF'), await frames.clone().tiff().toBuffer());
  await writeTestFile(join(root, 'image/c.WEBP'), await photo(1));
  await writeTestFile(join(root, 'image/d.HEIC'), 'x');
  const { description, notes } = await initDescription(root, {});
  assert.deepEqual(description.splits.train.images, 'image/*.{TIF,WEBP,gif}');
  const several = /train: 2 images have several pages or frames; the first is read: .*a\.gif \(3\), .*b\.TIF \(3\)/;
  assert.match(notes.join('\n'), several);
  assert.match(notes.join('\n'), /1 files are left out, as their format cannot be read here: image\/d\.HEIC; convert/);
  const checked = await checkFolder({ root, description });
  assert.deepEqual(checked.problems, []);
  assert.equal(checked.notes.filter((line) => several.test(line)).length, 1);
});
