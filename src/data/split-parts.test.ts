import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkFolder } from './check.js';
import { parseDescription } from './description.js';
import { openFolder } from './folder.js';
import { png, temporaryFolder, writeTestFile } from './folder.test.fixture.js';
import { idsInList, shareOf } from './split-parts.js';

const images = new Map([
  ['a/1', 'image/a/1.jpg'],
  ['b/1', 'image/b/1.jpg'],
  ['a/with space', 'image/a/with space.jpg'],
]);

test('a list names images by path, id or file name, with other text after a space', () => {
  const text = '# comment\n\nimage/a/1.jpg label/a/1.png\r\n/elsewhere/with space.jpg\nb/1\n';
  assert.deepEqual(idsInList(text, images), { ids: ['a/1', 'a/with space', 'b/1'], missing: [], faults: [] });
});

test('lines of a list that name nothing, several images, or an image again are told with their numbers', () => {
  const { ids, missing, faults } = idsInList('a/1\n1.jpg\na/1.jpg\n../../etc/passwd\n', images);
  assert.deepEqual(ids, ['a/1']);
  assert.deepEqual(missing, ['"../../etc/passwd" (line 4)']);
  assert.deepEqual(faults, [
    'line 2: "1.jpg" names a/1, b/1; write the path',
    'line 3: "a/1.jpg" was named in line 1; remove one of them',
  ]);
});

test('shares that meet divide the ids, by the seed alone', () => {
  const ids = Array.from({ length: 11 }, (_, i) => `id${i}`);
  const parts = [shareOf(ids, [0, 0.6], 1), shareOf(ids, [0.6, 0.9], 1), shareOf(ids, [0.9, 1], 1)];
  assert.deepEqual(
    parts.map(({ length }) => length),
    [7, 3, 1],
  );
  assert.deepEqual(parts.flat().sort(), [...ids].sort());
  assert.deepEqual(shareOf([...ids].reverse(), [0, 0.6], 1), parts[0]);
  assert.notDeepEqual(shareOf(ids, [0, 0.6], 2), parts[0]);
});

const label = { seg: { kind: 'segmentation', classes: ['x', 'y'] } } as const;
const pattern = { images: 'image/*.png', labels: { seg: 'seg/*.png' } };

test('a split of dataset.json has the images of its list, or a share of them; images in two splits are noted', async (t) => {
  const root = await temporaryFolder(t);
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    await writeTestFile(join(root, 'image', `${name}.png`), png(1, 1, 3, [1, 2, 3]));
    await writeTestFile(join(root, 'seg', `${name}.png`), png(1, 1, 1, [1]));
  }
  await writeTestFile(join(root, 'val.txt'), 'b.png\nd\n');
  const description = {
    name: 'test',
    splits: {
      train: { ...pattern, share: [0, 0.6], seed: 3 },
      test: { ...pattern, share: [0.6, 1], seed: 3 },
      val: { ...pattern, list: 'val.txt' },
    },
    labels: label,
  } as const;
  const idsOf = async (split: string) => {
    const dataset = await openFolder({ root, description, split });
    return Promise.all(Array.from({ length: dataset.length }, async (_, i) => (await dataset.read(i)).id));
  };
  assert.deepEqual(await idsOf('val'), ['b', 'd']);
  assert.deepEqual([...(await idsOf('train')), ...(await idsOf('test'))].sort(), ['a', 'b', 'c', 'd', 'e']);
  assert.equal((await idsOf('train')).length, 3);
  const report = await checkFolder({ root, description });
  assert.deepEqual(report.problems, []);
  const shared = report.notes
    .filter((note) => /in both "\w+" and "val"/.test(note))
    .map((note) => Number.parseInt(note, 10));
  assert.equal(
    shared.reduce((sum, count) => sum + count, 0),
    2,
  );
  assert.ok(!report.notes.some((note) => note.includes('pair with no image')));

  await writeTestFile(join(root, 'val.txt'), 'b.png\nnone.png\n');
  await assert.rejects(openFolder({ root, description, split: 'val' }), {
    name: 'NddrError',
    message: /val\.txt: no image of the split for 1 line: "none\.png" \(line 2\); the images are such as image\/a\.png/,
  });
});

test('keys of a split that exclude each other or have no effect are refused', () => {
  const problem = (keys: object) => {
    try {
      parseDescription({ name: 't', splits: { train: { ...pattern, ...keys } }, labels: label }, 'd.json');
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };
  assert.match(problem({ list: 'a.txt', share: [0, 1] }), /splits\.train\.share: excludes "list"/);
  assert.match(problem({ share: [0.5, 0.5] }), /splits\.train\.share: \[0\.5, 0\.5\] holds no image/);
  assert.match(problem({ seed: 1 }), /splits\.train\.seed: has no effect without "share"/);
});
