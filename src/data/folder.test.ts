import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseDescription } from './description.js';
import { openFolder, readDescription } from './folder.js';
import { jpeg, png, rgb, temporaryFolder, writeTestFile } from './folder.test.fixture.js';

const seg = { kind: 'segmentation', classes: ['a', 'b'] } as const;
const depth = { kind: 'depth', metresPerValue: 0.5, optional: true } as const;
const splits = {
  train: { images: 'image/**/*.{jpg,png}', labels: { seg: 'label/**/*_L.png', depth: 'depth/**/*.png' } },
};
const description = {
  name: 'test',
  splits,
  labels: { seg, depth, edges: { kind: 'boundaries', from: 'seg' } },
} as const;
const photo = () => jpeg(rgb(4, 2, () => [90, 90, 90]));

test('images and labels pair by what the wildcards match; optional labels may be missing', async (t) => {
  const root = await temporaryFolder(t);
  for (const name of ['b/two', 'a/one']) {
    await writeTestFile(join(root, 'image', `${name}.jpg`), await photo());
    await writeTestFile(join(root, 'label', `${name}_L.png`), png(4, 2, 1, [0, 0, 1, 1, 0, 0, 1, 1]));
  }
  await writeTestFile(join(root, 'depth', 'b', 'two.png'), png(4, 2, 1, [0, 1, 2, 3, 4, 5, 6, 7]));
  const dataset = await openFolder({ root, description, split: 'train' });
  assert.deepEqual(Object.keys(dataset.labels), ['seg', 'depth', 'edges']);
  assert.deepEqual(dataset.labels.seg.classes, ['a', 'b']);
  const [one, two] = [await dataset.read(0), await dataset.read(1)];
  assert.deepEqual([one.id, two.id, dataset.length], ['a/one', 'b/two', 2]);
  assert.deepEqual(Object.keys(one.labels).sort(), ['edges', 'seg']);
  assert.deepEqual([...two.labels.depth.data], [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]);
  assert.deepEqual([...two.labels.edges.data], [0, 1, 1, 0, 0, 1, 1, 0]);
});

test('a missing pair, two files of one name and an unknown split are told', async (t) => {
  const root = await temporaryFolder(t);
  await writeTestFile(join(root, 'image', 'one.jpg'), await photo());
  await writeTestFile(join(root, 'image', 'two.jpg'), await photo());
  await writeTestFile(join(root, 'label', 'two_L.png'), png(4, 2, 1, [0, 0, 0, 0, 0, 0, 0, 0]));
  await writeTestFile(join(root, 'depth', 'two.png'), png(4, 2, 1, [0, 0, 0, 0, 0, 0, 0, 0]));
  const open = (split: string) => openFolder({ root, description, split });
  await assert.rejects(open('train'), {
    name: 'NddrError',
    message:
      /\*_L\.png: 1 of 2 images have no seg label: .*one\.jpg \(looked for "one"\); .*labels\.seg\.optional to true/,
  });
  await assert.rejects(open('trian'), { name: 'NddrError', message: /no split "trian"; did you mean "train"/ });
  await writeTestFile(join(root, 'label', 'one_L.png'), png(4, 2, 1, [0, 0, 0, 0, 0, 0, 0, 0]));
  await writeTestFile(join(root, 'image', 'one.png'), png(4, 2, 3, new Array(24).fill(5)));
  await assert.rejects(
    open('train'),
    /1 names are shared by several files: "one" \(.*one\.jpg, .*one\.png\); keep one/,
  );
});

test('a folder without images and one without a description are told', async (t) => {
  const root = await temporaryFolder(t);
  await assert.rejects(
    openFolder({ root, description, split: 'train' }),
    /no file matches, expected the images of train/,
  );
  await assert.rejects(openFolder({ root, split: 'train' }), /dataset\.json: there is no description.*nddr data init/);
});

test('a label of another size than its image is refused', async (t) => {
  const root = await temporaryFolder(t);
  await writeTestFile(join(root, 'image', 'one.jpg'), await photo());
  await writeTestFile(join(root, 'label', 'one_L.png'), png(2, 4, 1, [0, 0, 0, 0, 0, 0, 0, 0]));
  const split = { images: 'image/*.jpg', labels: { seg: 'label/*_L.png' } };
  const one = { name: 'x', splits: { train: split }, labels: { seg } };
  const dataset = await openFolder({ root, description: one, split: 'train' });
  await assert.rejects(dataset.read(0), {
    name: 'NddrError',
    message: /one_L\.png: is 2x4, expected 4x2 like .*one\.jpg/,
  });
});

test('every wrong key of a description is told at once, with the nearest known one', () => {
  const wrong = {
    name: 'x',
    splits: { train: { image: '*.jpg', images: '*.jpg', labels: { sge: '*.png' } } },
    labels: { seg: { ...seg, colors: [] }, far: { kind: 'dept', metresPerValue: 1 } },
    spilts: {},
  };
  assert.throws(
    () => parseDescription(wrong, 'dataset.json'),
    (error: Error) => {
      assert.equal(error.name, 'NddrError');
      assert.match(error.message, /^dataset\.json: /);
      assert.match(error.message, /splits\.train: unknown key "image"; did you mean "images"/);
      assert.match(error.message, /labels\.seg: unknown key "colors"; did you mean "colours"/);
      assert.match(error.message, /labels\.far\.kind: unknown kind "dept"; did you mean "depth"/);
      assert.match(error.message, /unknown key "spilts"; did you mean "splits"/);
      return true;
    },
  );
});

test('names in a description that refer to nothing are told', () => {
  const refer = (labels: object, patterns: object) => () =>
    parseDescription({ name: 'x', splits: { train: { images: '*', labels: patterns } }, labels }, 'here');
  assert.throws(refer({ seg }, { sge: '*.png' }), /splits\.train\.labels\.sge: .*did you mean "seg"/);
  assert.throws(refer({ seg }, {}), /no pattern for "seg"; add one, or set labels\.seg\.optional/);
  assert.throws(
    refer({ seg, edges: { kind: 'boundaries', from: 'sag' } }, { seg: '*' }),
    /labels\.edges\.from: "sag".*"seg"/,
  );
  assert.throws(
    refer({ seg, edges: { kind: 'boundaries', from: 'seg', orientation: 'stored' } }, { seg: '*' }),
    /labels\.edges\.orientation: a derived label has no files to which this applies; set it at labels\.seg/,
  );
  assert.throws(refer({ seg: { ...seg, colours: [[1, 2, 3]] } }, { seg: '*' }), /1 colours for 2 classes/);
});

test('a description that is no JSON is told by its file', async (t) => {
  const path = await writeTestFile(join(await temporaryFolder(t), 'dataset.json'), '{ "name": ');
  await assert.rejects(readDescription(path), {
    name: 'NddrError',
    message: /dataset\.json, line 1, column 11: the file ends/,
  });
});
