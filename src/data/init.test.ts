import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { checkFolder } from './check.js';
import { jpeg, png, rgb, temporaryFolder, writeTestFile } from './folder.test.fixture.js';
import { initDescription } from './init.js';

/** Images and class maps of one name in two folders. */
async function folder(t: TestContext, image: string, label: string, extension = 'jpg'): Promise<string> {
  const root = await temporaryFolder(t);
  for (const name of ['a', 'b']) {
    await writeTestFile(join(root, image, `${name}.${extension}`), await jpeg(rgb(4, 2, () => [90, 90, 90])));
    await writeTestFile(join(root, label, `${name}.png`), png(4, 2, 1, [0, 0, 1, 1, 0, 0, 1, 1]));
  }
  return root;
}

const given = (images: string, segmentation: string, split = 'train') => ({
  images: { [split]: images },
  labels: { segmentation: { [split]: segmentation } },
});

test('what init writes for folders with signs in their names is read back', async (t) => {
  for (const name of ['images (v2)', '?v2?', '[x] {a,b}', '!photos', '*']) {
    const root = await folder(t, name, `${name} maps`);
    const { description } = await initDescription(root, given(`${name}/*.jpg`, `${name} maps/*.png`));
    const { problems, splits } = await checkFolder({ root, description });
    assert.deepEqual([problems, splits.train.images], [[], 2], name);
  }
  const root = await folder(t, 'set (1)/images', 'set (1)/labels');
  const { description } = await initDescription(root, {});
  assert.deepEqual(description.splits.train, {
    images: 'set (1)/images/*.jpg',
    labels: { segmentation: 'set (1)/labels/*.png' },
  });
});

test('patterns as Windows gives them are read, and told', async (t) => {
  const root = await folder(t, 'image', 'label');
  const typed = given('image\\*.jpg', "label\\*.png'", "'train");
  const { description, notes } = await initDescription(root, {
    ...typed,
    images: { "'train": "image\\*.jpg'" },
  });
  assert.deepEqual(description.splits, { train: { images: 'image/*.jpg', labels: { segmentation: 'label/*.png' } } });
  assert.match(notes.join('\n'), /'train=image\\\*\.jpg': read without the quotes, which the shell did not remove/);
  assert.match(
    notes.join('\n'),
    /train=image\\\*\.jpg: read as train=image\/\*\.jpg; folders are separated by "\/" in patterns/,
  );
  const quoted = await initDescription(root, given('"image/*.jpg"', 'label/*.png'));
  assert.equal(quoted.description.splits.train.images, 'image/*.jpg');
});

test('nothing is described whose patterns match nothing', async (t) => {
  const root = await folder(t, 'image', 'label');
  const init = (images: string, labels: string) => initDescription(root, given(images, labels));
  const refused = (message: RegExp) => ({ name: 'NddrError', message });
  await assert.rejects(
    init('images/*.jpg', 'label/*.png'),
    refused(/no file matches, expected the images of train; there is no "images"/),
  );
  await assert.rejects(init('image/*.JPG', 'label/*.png'), refused(/a\.jpg, .*b\.jpg differ only in capital letters/));
  await assert.rejects(
    init('image/*.jpg', 'label/*.tif'),
    refused(/no file matches, expected the segmentation labels of train/),
  );
  await assert.rejects(init('image/*.jpg', 'label/b?.png'), refused(/no file matches/));
  const table = { images: { train: 'image/*.jpg' }, labels: { regression: { train: 'ages.csv' } } };
  await writeTestFile(join(root, 'ages.csv'), 'file,age\nx,3\n');
  await assert.rejects(initDescription(root, table), refused(/ages\.csv: labels none of the 2 images/));
});

test('what a check will report of missing labels is told at once', async (t) => {
  const root = await folder(t, 'image', 'label');
  await writeTestFile(join(root, 'image/c.jpg'), await jpeg(rgb(4, 2, () => [90, 90, 90])));
  const { notes } = await initDescription(root, {});
  assert.match(notes.join('\n'), /1 of 3 images have no segmentation label: .*c\.jpg \(looked for "c"\)/);
});

test('endings are found in any case, and as they are', async (t) => {
  const root = await folder(t, 'image', 'label', 'Jpg');
  await writeTestFile(join(root, 'image/c.WEBP'), png(4, 2, 3, new Array(24).fill(9)));
  await writeTestFile(join(root, 'label/c.PNG'), png(4, 2, 1, new Array(8).fill(0)));
  const { description } = await initDescription(root, {});
  assert.deepEqual(description.splits.train, {
    images: 'image/*.{Jpg,WEBP}',
    labels: { segmentation: 'label/*.{PNG,png}' },
  });
  assert.deepEqual((await checkFolder({ root, description })).problems, []);
});

test('names with accents pair however they are composed', async (t) => {
  const root = await temporaryFolder(t);
  await writeTestFile(join(root, 'image', 'e\u0301.jpg'), await jpeg(rgb(4, 2, () => [90, 90, 90])));
  await writeTestFile(join(root, 'label', '\u00e9.png'), png(4, 2, 1, new Array(8).fill(1)));
  const { description } = await initDescription(root, {});
  const { problems, splits } = await checkFolder({ root, description });
  assert.deepEqual([problems, splits.train.labels.segmentation.files], [[], 1]);
});

test('a folder of images without a decoder is told with what to do', async (t) => {
  const root = await temporaryFolder(t);
  for (const name of ['a', 'b', 'c', 'd']) await writeTestFile(join(root, 'images', `${name}.HEIC`), 'x');
  await assert.rejects(initDescription(root, {}), {
    name: 'NddrError',
    message: /no folder named like images .*\n4 files are left out, .*a\.HEIC, .*c\.HEIC and 1 more; convert them/,
  });
});

test('a folder that is not there is refused by its name', async (t) => {
  const root = join(await temporaryFolder(t), 'nosuch');
  const refused = { name: 'NddrError', message: `${root}: there is no such folder. Check the path.` };
  await assert.rejects(initDescription(root, {}), refused);
  await assert.rejects(initDescription(root, given('*.jpg', '*.png')), refused);
  await assert.rejects(checkFolder({ root }), refused);
});

test('images that share a name or lack a label are counted, and the first few are named', async (t) => {
  const root = await temporaryFolder(t);
  const photo = await jpeg(rgb(4, 2, () => [90, 90, 90]));
  for (const name of ['a.jpg', 'a.jpeg', 'b.jpg', 'c.jpg', 'd.jpg', 'e.jpg', 'f.jpg'])
    await writeTestFile(join(root, 'image', name), photo);
  await writeTestFile(join(root, 'label', 'a.png'), png(4, 2, 1, new Array(8).fill(1)));
  const seg = { kind: 'segmentation', classes: ['x', 'y'] } as const;
  const splits = { train: { images: 'image/*.{jpg,jpeg}', labels: { seg: 'label/*.png' } } };
  const { problems } = await checkFolder({ root, description: { name: 'x', splits, labels: { seg } } });
  assert.equal(problems.length, 2);
  assert.match(problems[0], /1 names are shared by several files: "a" \(.*a\.jpeg, .*a\.jpg\); keep one/);
  assert.match(
    problems[1],
    /5 of 6 images have no seg label: .*b\.jpg .*d\.jpg \(looked for "d"\) and 2 more; add them/,
  );
  const optional = { seg: { ...seg, optional: true } };
  const lenient = await checkFolder({ root, description: { name: 'x', splits, labels: optional } });
  assert.match(lenient.notes.join('\n'), /5 of 6 images have no seg label/);
  assert.equal(lenient.problems.length, 1);
});
