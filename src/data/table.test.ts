import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { checkFolder } from './check.js';
import { openFolder } from './folder.js';
import { jpeg, rgb, temporaryFolder, writeTestFile } from './folder.test.fixture.js';
import { initDescription } from './init.js';
import { readTable } from './table.js';

const age = { kind: 'regression' } as const;
const sex = { kind: 'classification', classes: ['female', 'male'] } as const;

/** A folder with images a, b and c, and a table; returns the folder and what describes it. */
async function folder(t: TestContext, file: string, table: string | Uint8Array, labels: object = { age }) {
  const root = await temporaryFolder(t);
  for (const name of ['a', 'b', 'c'])
    await writeTestFile(join(root, `${name}.jpg`), await jpeg(rgb(4, 3, () => [90, 90, 90])));
  await writeTestFile(join(root, file), table);
  const patterns = Object.fromEntries(Object.keys(labels).map((name) => [name, file]));
  const description = { name: 'x', splits: { train: { images: '*.jpg', labels: patterns } }, labels };
  return { root, description: description as Parameters<typeof openFolder>[0]['description'] };
}

/** The first number of a label in every sample. */
async function numbers(t: TestContext, file: string, table: string | Uint8Array, labels: object = { age }) {
  const dataset = await openFolder({ ...(await folder(t, file, table, labels)), split: 'train' });
  const [name] = Object.keys(labels);
  return Promise.all([0, 1, 2].map(async (i) => (await dataset.read(i)).labels[name]?.data[0]));
}

const check = async (t: TestContext, table: string, labels?: object) =>
  checkFolder(await folder(t, 'x.csv', table, labels));

test('commas, semicolons and tabs are told by the first line; a byte-order mark is no part of it', async (t) => {
  for (const [file, table] of [
    ['x.csv', 'file,age\na,1\nb,2\nc,3\n'],
    ['x.csv', '\ufefffile;age\r\na;1\r\nb;2\r\nc;3\r\n'],
    ['x.csv', '\n"file, or so";file;age\nx,y;a;1\n;b;2\n;c;3\n'],
    ['x.csv', 'file\tage\na\t1\nb\t2\nc\t3\n'],
    ['x.tsv', 'file\tage\na\t1\nb\t2\nc\t3\n'],
    ['x.tsv', 'file,age\na,1\nb,2\nc,3\n'],
  ] as const)
    assert.deepEqual(await numbers(t, file, table), [1, 2, 3], JSON.stringify(table));
});

test('UTF-16, as Excel writes it, and other tables that cannot be parted are named', async (t) => {
  const problems = async (table: string | Uint8Array) => (await checkFolder(await folder(t, 'x.csv', table))).problems;
  assert.match((await problems(Buffer.from('\ufefffile\tage\n', 'utf16le')))[0], /x\.csv: is text in UTF-16, .*UTF-8/);
  assert.match(
    (await problems('file|age\na|1\n'))[0],
    /line 1: no column of image files, .*found "file\|age" \(commas/,
  );
  assert.match(
    (await problems('file;age\na;1;2\n'))[0],
    /x\.csv, line 2: 3 cells \(semicolons between\), expected .* 2/,
  );
  assert.match(
    (await problems('file;age\na;1,5\nb;2\nc;3\n'))[0],
    /line 2, column "age": "1,5", .*a point instead of the comma/,
  );
  assert.match((await problems('file,age\na,1\n,2\n'))[0], /line 3, column "file": is empty, expected an image file/);
});

test('lines of empty cells are skipped and counted', async (t) => {
  const table = 'file,age\na,1\n,,\n,\n\nb,2\nc,3\n , \n';
  assert.deepEqual(await numbers(t, 'x.csv', table), [1, 2, 3]);
  const { problems, notes } = await check(t, table);
  assert.deepEqual(problems, []);
  assert.match(notes.join('\n'), /x\.csv: 3 lines of empty cells are skipped/);
});

test('the column of the files is the one with the best name, or the one that is named', async (t) => {
  assert.deepEqual(await numbers(t, 'x.csv', 'id,filename,age\n1,a.jpg,5\n2,b.jpg,6\n3,c.jpg,7\n'), [5, 6, 7]);
  assert.deepEqual(await numbers(t, 'x.csv', 'id,photo,age\n1,a.jpg,5\n2,b.jpg,6\n3,c.jpg,7\n'), [5, 6, 7]);
  const guessed = (await check(t, 'id,photo,age\n1,a.jpg,5\n2,b.jpg,6\n3,c.jpg,7\n')).notes;
  assert.match(guessed.join('\n'), /x\.csv: "photo" is taken as the column of image files, such as "a\.jpg"/);
  const named = { age: { ...age, file: 'photo' } };
  assert.deepEqual(await numbers(t, 'x.csv', 'id,photo,age\n1,a,5\n2,b,6\n3,c,7\n', named), [5, 6, 7]);
  const rows = ['a', 'b', 'c'].map((photo, id) => ({ id, photo, age: id }));
  assert.deepEqual(await numbers(t, 'x.json', JSON.stringify(rows), named), [0, 1, 2]);
  const { problems } = await check(t, 'id,foto,age\n1,a,5\n', named);
  assert.match(problems[0], /x\.csv: no column "photo", which "file" names; did you mean "foto"/);
});

test('a table that labels no image is a problem, also where the label is optional; the column that fits is named', async (t) => {
  for (const optional of [false, true]) {
    const labels = { age: { ...age, optional } };
    const { problems } = await check(t, 'image,name,age\n17,a.jpg,5\n18,b.jpg,6\n', labels);
    assert.equal(problems.length, 1);
    assert.match(
      problems[0],
      /x\.csv: labels none of the 3 images: its column "image" names "17", "18"; the images are such as a\.jpg; its column "name" names images in 2 lines: set labels\.age\.file to "name"$/,
    );
    const strange = (await check(t, 'image,age\nq/1,5\n', labels)).problems;
    assert.match(strange[0], /labels none of the 3 images: .*"q\/1"; .*name images by their path below/);
    assert.doesNotMatch(strange[0], /optional/);
  }
  const empty = (await check(t, 'image,age\na,\nb,\nc,\n')).problems;
  assert.equal(empty.length, 1);
  assert.match(empty[0], /3 of 3 images have no age label: .*a\.jpg \(an empty cell in .*line 2\)/);
  assert.doesNotMatch(empty[0], /optional/);
});

test('one image in three lines is named with its lines and the way out', async (t) => {
  const { problems } = await check(t, 'image,age\na,1\nb,2\na,3\n./a,4\nc,5\n');
  assert.equal(problems.length, 1);
  assert.match(
    problems[0],
    /x\.csv: "a" stands 3 times \(line 2, line 4, line 5\), expected one line an image; keep one/,
  );
});

test('numbers are numbers: 1.0 is class 1, by index or by name, and what means unknown is named', async (t) => {
  const table = 'image,sex\na,1.0\nb,0\nc,1\n';
  assert.deepEqual(await numbers(t, 'x.csv', table, { sex }), [1, 0, 1]);
  const { notes } = await check(t, table, { sex });
  assert.match(notes.join('\n'), /numbers are taken as indices of the classes of sex, 0 is "female"/);
  const digits = { sex: { ...sex, classes: ['3', '1'] } };
  assert.deepEqual(await numbers(t, 'x.csv', 'image,sex\na,1.0\nb,3\nc,3.0\n', digits), [1, 0, 0]);
  assert.deepEqual((await check(t, 'image,sex\na,male\nb,female\nc,male\n', { sex })).notes, []);
  const beyond = (await check(t, 'image,sex\na,2\nb,-1\nc,0.5\n', { sex })).problems;
  assert.equal(beyond.filter((line) => /is no class, expected an index from 0 to 1 or a name/.test(line)).length, 3);
  const optional = { unknown: [-1, 'NA'], optional: true };
  const unsure = 'image,sex\na,-1.0\nb,1\nc,NA\n';
  assert.deepEqual(await numbers(t, 'x.csv', unsure, { sex: { ...sex, ...optional } }), [undefined, 1, undefined]);
  const ages = 'image,age\na,-1.0\nb,1.50\nc,NA\n';
  assert.deepEqual(await numbers(t, 'x.csv', ages, { age: { ...age, ...optional } }), [undefined, 1.5, undefined]);
  const flags = { kinds: { kind: 'multilabel', classes: ['x', 'y'], unknown: [-1] } };
  const flagged = 'image,x,y\na,1.0,0\nb,-1,1\nc,0,1\n';
  assert.deepEqual(await numbers(t, 'x.csv', flagged, flags), [1, 255, 0]);
});

test('a name with accents is found however it is composed', async (t) => {
  const root = await temporaryFolder(t);
  await writeTestFile(join(root, 'e\u0301.jpg'), await jpeg(rgb(4, 3, () => [90, 90, 90])));
  await writeTestFile(join(root, 'x.csv'), 'image,age\n\u00e9.jpg,4\n');
  const splits = { train: { images: '*.jpg', labels: { age: 'x.csv' } } };
  const dataset = await openFolder({ root, description: { name: 'x', splits, labels: { age } }, split: 'train' });
  assert.deepEqual([...(await dataset.read(0)).labels.age.data], [4]);
});

test('init tells what it takes for unknown, joins 1 and 1.0, and leaves out columns that are no answers', async (t) => {
  const init = async (kind: string, table: string, column = '') => {
    const { root } = await folder(t, 'x.csv', table);
    return initDescription(root, { images: { train: '*.jpg' }, labels: { [kind]: { train: `x.csv${column}` } } });
  };
  const classes = await init('classification', 'image,sex\na,1.0\nb,0\nc,-1.0\n');
  assert.deepEqual(classes.description.labels.classification, {
    kind: 'classification',
    classes: ['0', '1'],
    column: 'sex',
    unknown: [-1],
    optional: true,
  });
  assert.match(classes.notes.join('\n'), /guessed: x\.csv: -1 is unknown, because it stands there 1 times/);
  const ages = await init('regression', 'image,age\na,-1\nb,30\nc,40\n');
  assert.match(ages.notes.join('\n'), /holds -1 1 times and nothing else below 0; .*"unknown" to \[-1\]/);
  const flags = await init('multilabel', 'id,image,old,new\n7,a,1.0,0\n8,b,,yes\n9,c,0,1\n');
  assert.deepEqual(flags.description.labels.multilabel, { kind: 'multilabel', classes: ['old', 'new'] });
  assert.match(flags.notes.join('\n'), /the columns id hold more than 1, 0 or nothing and are left out/);
  await assert.rejects(init('regression', 'image,age\nq,1\nr,2\n'), {
    name: 'NddrError',
    message: /labels none of the 3/,
  });
});

test('a table says which column it took', async (t) => {
  const { root } = await folder(t, 'x.csv', 'id,Path,age\n1,a,2\n');
  const { fileColumn, columns } = await readTable(join(root, 'x.csv'));
  assert.deepEqual([fileColumn, columns], ['Path', ['id', 'age']]);
});
