import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder, writeTestFile } from '../../folder.test.fixture.js';
import { layouts, writeLayout } from '../layouts.test.fixture.js';
import { wiki, wikiTable } from '../layouts-matlab.test.fixture.js';
import { importData } from '../run.js';
import { groupOf } from './adience-folds.js';
import { splitByPerson } from './by-person.js';
import { ageOf } from './imdb-table.js';

test('the age is that on 1 July of the year of the photograph', () => {
  assert.equal(ageOf(723671, 2009), 28); // born 1981-05-05
  assert.equal(ageOf(712496, 1980), 29); // born 1950-09-30
  assert.equal(ageOf(727014, 2020), 30); // born 1990-06-30
  assert.equal(ageOf(727014, 1980), -10);
  assert.ok(Number.isNaN(ageOf(Number.NaN, 1980)));
});

test('portraits are left out by the first filter that they fail, and counted', async (t) => {
  const root = await temporaryFolder(t);
  const source = await writeLayout(root, layouts['imdb-wiki']);
  const run = async (settings: Readonly<Record<string, unknown>>, dest: string) =>
    importData({ kind: 'imdb-wiki', sources: [source], dest: join(root, dest), settings });
  const { skipped } = await run({}, 'strict');
  const counts = skipped.filter(({ names }) => names.length > 0).map(({ why, names }) => [why, names.length]);
  assert.deepEqual(counts, [
    ['images without a face', 1],
    ['images with a face score below 1', 1],
    ['images with a second face', 1],
    ['images with an age beyond 0 to 100', 1],
    ['images of unknown gender', 1],
  ]);
  const all = { minimumFaceScore: 0, oneFace: false, ages: [0, 150], knownGender: false, shares: { train: 1 } };
  const loose = await run(all, 'loose');
  assert.deepEqual(loose.splits, { train: { samples: 7, labels: { age: 7, gender: 6 } } });
});

test('images that the table lists but are not there are a fault', async (t) => {
  const root = await temporaryFolder(t);
  const { 'wiki_crop/wiki.mat': table, ...images } = await layouts['imdb-wiki'].files();
  const [first, ...others] = Object.entries(images);
  assert.ok(first && table);
  for (const [path, content] of others) await writeTestFile(join(root, 'source', path), content);
  await writeTestFile(join(root, 'source/wiki_crop/wiki.mat'), wikiTable());
  const dest = join(root, 'dest');
  const { skipped } = await importData({ kind: 'imdb-wiki', sources: [join(root, 'source')], dest });
  assert.deepEqual(
    skipped.filter(({ isFault, names }) => isFault && names.length > 0).map(({ names }) => names),
    [[wiki[0].path]],
  );
});

test('a table of lengths that differ, and one that is another file, are refused', async (t) => {
  const root = await temporaryFolder(t);
  await writeTestFile(join(root, 'source/wiki.mat'), 'no table');
  await assert.rejects(importData({ kind: 'imdb-wiki', sources: [join(root, 'source')], dest: join(root, 'dest') }), {
    name: 'NddrError',
    message: /wiki\.mat: is no MATLAB v5 file/,
  });
});

test('nobody is in two splits, and the splits depend on the seed alone', () => {
  const items = Array.from({ length: 60 }, (_, i) => ({ person: `p${i % 20}`, i }));
  const personOf = ({ person }: (typeof items)[number]) => person;
  const shares = { train: 0.5, val: 0.25 };
  const splitOf = splitByPerson(items, personOf, shares, 3);
  const persons = (split: string | undefined) => new Set(items.filter((item) => splitOf(item) === split).map(personOf));
  assert.deepEqual(
    ['train', 'val', undefined].map((split) => persons(split).size),
    [10, 5, 5],
  );
  for (const item of items) assert.equal(splitOf(item), splitOf(items[item.i % 20]));
  const again = splitByPerson([...items].reverse(), personOf, shares, 3);
  assert.deepEqual(items.map(again), items.map(splitOf));
});

test('an age group holds a range of ages only if it holds all of it', () => {
  assert.equal(groupOf([25, 32]), '25-32');
  assert.equal(groupOf([38, 42]), '38-43');
  assert.equal(groupOf([57, 57]), undefined);
  assert.equal(groupOf([8, 23]), undefined);
});

test('folds of Adience that are missing, named twice, or hold no ages are refused', async (t) => {
  const root = await temporaryFolder(t);
  const source = await writeLayout(root, layouts.adience);
  const run = (settings: Readonly<Record<string, unknown>>, dest = 'dest') =>
    importData({ kind: 'adience', sources: [source], dest: join(root, dest), settings });
  await assert.rejects(run({}), { name: 'NddrError', message: /there is no fold_3_data\.txt/ });
  await assert.rejects(run({ folds: { train: [0], test: [0] } }), { message: /fold 0 is named twice/ });
  const years = await run({ folds: { train: [0, 1], test: [2] }, age: 'years' });
  assert.deepEqual(years.splits.train, { samples: 3, labels: { age: 2, gender: 2 } });
  await writeTestFile(
    join(source, 'fold_3_data.txt'),
    'user_id\toriginal_image\tface_id\tage\tgender\nu\ta.jpg\t1\told\tf\n',
  );
  await assert.rejects(run({ folds: { train: [0], test: [3] } }, 'other'), {
    message: /fold_3_data\.txt, line 2: the age is "old"/,
  });
});

test('names of UTKFace that do not tell their labels are counted', async (t) => {
  const root = await temporaryFolder(t);
  const source = await writeLayout(root, layouts.utkface);
  const report = await importData({ kind: 'utkface', sources: [source], dest: join(root, 'dest') });
  assert.deepEqual(report.skipped, [
    {
      why: 'images whose names do not tell age, gender and race',
      names: ['61_1_20170109142408075.jpg.chip.jpg'],
      isFault: false,
    },
  ]);
});
