import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openFolder } from '../data/folder.js';
import { jpeg, png, rgb, temporaryFolder, writeTestFile } from '../data/folder.test.fixture.js';
import { readImage } from '../data/image.js';
import { drawPreview } from '../data/preview.js';
import { dataCommand } from './data.js';

/** Runs `nddr data ...` and gathers what it prints. */
async function run(t: TestContext, ...words: string[]): Promise<string> {
  const printed = t.mock.method(console, 'log', () => {});
  try {
    await dataCommand().parseAsync(words, { from: 'user' });
  } finally {
    printed.mock.restore();
  }
  return printed.mock.calls.map((call) => call.arguments.join(' ')).join('\n');
}

test('a folder is described, checked and drawn by three commands', async (t) => {
  const root = await temporaryFolder(t);
  await writeTestFile(join(root, 'image', 'a.jpg'), await jpeg(rgb(8, 6, (x) => [30 * x, 0, 0])));
  await writeTestFile(join(root, 'label', 'a.png'), png(8, 6, 1, new Array(48).fill(1)));
  assert.match(await run(t, 'init', root, '--classes', 'left, right', '--derive-boundaries'), /Wrote .*dataset\.json/);
  const written = JSON.parse(await readFile(join(root, 'dataset.json'), 'utf8'));
  assert.deepEqual(written.splits, { train: { images: 'image/*.jpg', labels: { segmentation: 'label/*.png' } } });
  await assert.rejects(run(t, 'init', root), {
    name: 'NddrError',
    message: /dataset\.json: exists already.*--force/,
  });

  const report = await run(t, 'check', root);
  assert.match(
    report,
    /every file is sound\.\nlabels\.segmentation: no pixel of split "train" is "left"\ntrain: 1 images, 8x6 \(1\)/,
  );
  assert.match(report, /left +0\.0 %\n +right +100\.0 %/);

  const out = join(root, 'sheet.png');
  assert.match(await run(t, 'preview', root, '--out', out), /1 samples of train/);
  const { sheet } = await drawPreview(await openFolder({ root, split: 'train' }), 6);
  // Five pictures of 240 pixels with gaps of 4: the image, and two for each of two labels.
  assert.deepEqual([sheet.width, sheet.height], [5 * 244 + 4, 188]);
  assert.deepEqual(await readImage(out), { ...sheet, data: Buffer.from(sheet.data) });
});

test('a check that finds problems prints them all and fails; a preview of a bad folder writes nothing', async (t) => {
  const root = await temporaryFolder(t);
  await writeTestFile(join(root, 'image', 'a.jpg'), 'not a picture');
  await writeTestFile(join(root, 'label', 'a.png'), png(2, 1, 1, [0, 200]));
  const description = { kind: 'segmentation', classes: ['x', 'y'] };
  const splits = { train: { images: 'image/*.jpg', labels: { segmentation: 'label/*.png' } } };
  const file = await writeTestFile(
    join(root, 'd.json'),
    JSON.stringify({ name: 'bad', splits, labels: { segmentation: description } }),
  );
  const printed = t.mock.method(console, 'log', () => {});
  const check = dataCommand().parseAsync(['check', root, '--description', file], { from: 'user' });
  await assert.rejects(check, { name: 'NddrError', message: /2 problems/ });
  assert.match(String(printed.mock.calls[0].arguments[0]), /a\.jpg: is not an image[^\n]*\n.*a\.png: class index 200/);
  const out = join(root, 'sheet.png');
  await assert.rejects(run(t, 'preview', root, '--description', file, '--out', out), /a\.(jpg|png): /);
  await assert.rejects(access(out));
});

test('a folder that is not there is refused, and no folder is made for a preview', async (t) => {
  const root = await temporaryFolder(t);
  const none = join(root, 'nosuch');
  for (const command of ['init', 'check', 'preview'])
    await assert.rejects(run(t, command, none), { name: 'NddrError', message: /nosuch: there is no such folder/ });
  const out = join(none, 'sheet.png');
  await assert.rejects(run(t, 'preview', root, '--out', out), {
    name: 'NddrError',
    message: /there is no folder .*nosuch/,
  });
  await assert.rejects(access(none));
});

test('what label files mean is said by flags, and every guess is printed with what it rests on', async (t) => {
  const root = await temporaryFolder(t);
  await writeTestFile(join(root, 'image', 'a.jpg'), await jpeg(rgb(4, 1, () => [0, 0, 0])));
  await writeTestFile(join(root, 'label', 'a.png'), png(4, 1, 1, [0, 7, 8, 255]));
  const label = async (...flags: string[]) => {
    const printed = await run(t, 'init', root, '--force', ...flags);
    const { labels } = JSON.parse(await readFile(join(root, 'dataset.json'), 'utf8'));
    return { printed, what: labels.segmentation };
  };
  const mapped = await label('--map', '0=wall, 7=floor', '--map', '8=floor,255=');
  assert.deepEqual(mapped.what.map, { 0: 'wall', 7: 'floor', 8: 'floor', 255: null });
  assert.deepEqual(mapped.what.classes, ['wall', 'floor']);
  const shifted = await label('--classes', 'wall,floor', '--first', '7', '--ignore', '0,255');
  assert.deepEqual([shifted.what.first, shifted.what.ignore], [7, [0, 255]]);
  const guessed = await label('--classes', 'a,b,c,d,e,f,g,h,i');
  assert.match(
    guessed.printed,
    /guessed: segmentation: 255 is unlabelled, because that is a usual mark, and 1 file read/,
  );
  await assert.rejects(label('--classes', 'wall,floor', '--ignore', '0'), {
    name: 'NddrError',
    message: /index 0 is the class "wall" and is to be ignored as well/,
  });
});
