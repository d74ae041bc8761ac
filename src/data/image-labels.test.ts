import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { UNKNOWN_NUMBER } from '../tasks/regression.js';
import { checkFolder } from './check.js';
import { openFolder } from './folder.js';
import { jpeg, rgb, temporaryFolder, writeTestFile } from './folder.test.fixture.js';
import { initDescription } from './init.js';
import { drawPreview } from './preview.js';

const room = { kind: 'classification', classes: ['office', 'bedroom'], column: 'room', optional: true } as const;
const things = { kind: 'multilabel', classes: ['bed', 'desk', 'lamp'], column: 'things', optional: true } as const;
const flags = { kind: 'multilabel', classes: ['old', 'new'], optional: true } as const;
const age = { kind: 'regression', unit: 'years', optional: true } as const;
const labels = { room, things, flags, age };
const tables = (path: string) => Object.fromEntries(Object.keys(labels).map((name) => [name, path]));
const description = (path: string) => ({
  name: 'test',
  splits: { train: { images: 'image/**/*.jpg', labels: tables(path) } },
  labels,
});

/** A folder with images a, b, c and sub/d, and a table. */
async function folder(t: TestContext, file: string, table: string): Promise<string> {
  const root = await temporaryFolder(t);
  for (const name of ['a', 'b', 'c', 'sub/d'])
    await writeTestFile(join(root, 'image', `${name}.jpg`), await jpeg(rgb(4, 3, () => [90, 90, 90])));
  await writeTestFile(join(root, file), table);
  return root;
}

const CSV = `file,room,things,old,new,age
image/a.jpg,office,desk; lamp,1,0,31
b,bedroom,"bed|?lamp",,yes,
sub/d.jpg,,,,,60.5
`;

/** What a sample's labels hold, by name. */
async function read(root: string, file: string, index: number): Promise<Record<string, number[]>> {
  const dataset = await openFolder({ root, description: description(file), split: 'train' });
  const sample = await dataset.read(index);
  for (const { height, width } of Object.values(sample.labels)) assert.deepEqual([height, width], [1, 1]);
  return Object.fromEntries(Object.entries(sample.labels).map(([name, { data }]) => [name, [...data]]));
}

test('labels of whole images are read from a table by path, by name and by what the wildcards match', async (t) => {
  const root = await folder(t, 'labels.csv', CSV);
  assert.deepEqual(await read(root, 'labels.csv', 0), { room: [0], things: [0, 1, 1], flags: [1, 0], age: [31] });
  assert.deepEqual(await read(root, 'labels.csv', 1), { room: [1], things: [1, 0, 255], flags: [255, 1] });
  // c has no line. An empty list is an answer, an empty cell of any other kind is none.
  assert.deepEqual(await read(root, 'labels.csv', 2), {});
  assert.deepEqual(await read(root, 'labels.csv', 3), { things: [0, 0, 0], age: [60.5] });
});

test('the same labels are read from JSON', async (t) => {
  const rows = {
    'image/a.jpg': { room: 'office', things: ['desk', 'lamp'], old: true, new: 0, age: 31 },
    b: { room: 'bedroom', things: ['bed', '?lamp'], old: null, new: 1 },
  };
  const root = await folder(t, 'labels.json', JSON.stringify(rows));
  assert.deepEqual(await read(root, 'labels.json', 0), { room: [0], things: [0, 1, 1], flags: [1, 0], age: [31] });
  assert.deepEqual(await read(root, 'labels.json', 1), { room: [1], things: [1, 0, 255], flags: [255, 1] });
  const list = Object.entries(rows).map(([file, cells]) => ({ file, ...cells }));
  await writeTestFile(join(root, 'list.json'), JSON.stringify(list));
  assert.deepEqual(await read(root, 'list.json', 0), await read(root, 'labels.json', 0));
});

test('a JSON table may hold one value an image', async (t) => {
  const root = await folder(t, 'ages.json', '{ "a.jpg": 31, "b.jpg": null, "c.jpg": 7 }');
  const one = {
    name: 'test',
    splits: { train: { images: 'image/*.jpg', labels: { age: 'ages.json' } } },
    labels: { age: { ...age, optional: true } },
  };
  const dataset = await openFolder({ root, description: one, split: 'train' });
  const found = await Promise.all([0, 1, 2].map(async (i) => (await dataset.read(i)).labels.age?.data[0]));
  assert.deepEqual(found, [31, undefined, 7]);
});

test('a data set teaches classes, names, unit, mean and deviation', async (t) => {
  const root = await folder(t, 'labels.csv', CSV);
  const dataset = await openFolder({ root, description: description('labels.csv'), split: 'train' });
  assert.deepEqual(dataset.labels.room, { kind: 'classification', classes: ['office', 'bedroom'] });
  // 31 and 60.5: 14.75 on either side of 45.75.
  const standard = { mean: [45.75], deviation: [14.75] };
  assert.deepEqual(dataset.labels.age, { kind: 'regression', names: ['age'], unit: 'years', ...standard });
});

test('of several numbers each may be unknown', async (t) => {
  const root = await folder(t, 'size.csv', 'image,wide,high\na,3,\nb,,\nc,1e2,-4\n');
  const size = { kind: 'regression', names: ['wide', 'high'], optional: true } as const;
  const splits = { train: { images: 'image/*.jpg', labels: { size: 'size.csv' } } };
  const dataset = await openFolder({ root, description: { name: 'x', splits, labels: { size } }, split: 'train' });
  const found = await Promise.all([0, 1, 2].map(async (i) => (await dataset.read(i)).labels.size?.data));
  assert.deepEqual(found, [Float32Array.of(3, UNKNOWN_NUMBER), undefined, Float32Array.of(100, -4)]);
});

const problemsOf = async (t: TestContext, file: string, table: string) =>
  (await checkFolder({ root: await folder(t, file, table), description: description(file) })).problems;

test('what does not fit a table is told with file, line, column and what was expected', async (t) => {
  const wrong = `file,room,things,old,new,age
a,offfice,desk,1,2,31
b,office,couch,1,0,old
a,office,,1,0,1
`;
  const problems = await problemsOf(t, 'wrong.csv', wrong);
  const expected = [
    /wrong\.csv, line 2, column "room": "offfice" is no class; did you mean "office"\? Known: office, bedroom\./,
    /wrong\.csv, line 2, column "new": "2", expected 1 or 0, or nothing/,
    /wrong\.csv, line 3, column "things": "couch" is no class; did you mean/,
    /wrong\.csv, line 3, column "age": "old", expected a number.*labels\.age\.unknown/,
    /wrong\.csv: "a" stands 2 times \(line 2, line 4\), expected one line an image; .*multilabel/,
  ];
  for (const pattern of expected)
    assert.equal(problems.filter((line) => pattern.test(line)).length, 1, `${pattern} in\n${problems.join('\n')}`);
  assert.equal(problems.length, 5);
});

test('a table that cannot be read is told once a label', async (t) => {
  const each = async (file: string, table: string, pattern: RegExp) => {
    const problems = await problemsOf(t, file, table);
    assert.ok(problems.length <= 4 && problems.every((line) => pattern.test(line)), problems.join('\n'));
  };
  await each('x.csv', 'name,room\na,office\n', /x\.csv, line 1: no column of image files, expected one called "file"/);
  await each('x.csv', 'file,room\na,office,3\n', /x\.csv, line 2: .*expected as many cells/);
  await each('x.json', '{ "a": ', /x\.json, line 1, column 8: the file ends here/);
  await each(
    'x.json',
    '[{ "room": "office" }]',
    /x\.json, entry 1: expected an object with the image file under "file"/,
  );
  await each('x.txt', 'a', /x\.txt: .*expected a file that ends in \.csv, \.tsv or \.json/);
  const problems = await problemsOf(t, 'x.csv', 'file,rooms,things,old,new,age\na,office,,,,\n');
  assert.deepEqual(problems.length, 1);
  assert.match(problems[0], /x\.csv: no column "room" for labels\.room; did you mean "rooms"/);
});

test('an image without a line is a problem unless the label is optional', async (t) => {
  const root = await folder(t, 'ages.csv', 'file,age\na,1\nb,\nsub/d,4\nzz,5\n');
  const strict = {
    name: 'test',
    splits: { train: { images: 'image/**/*.jpg', labels: { age: 'ages.csv' } } },
    labels: { age: { kind: 'regression' } },
  } as const;
  const { problems, notes } = await checkFolder({ root, description: strict });
  assert.equal(problems.length, 1);
  assert.match(
    problems[0],
    /ages\.csv: 2 of 4 images have no age label: .*b\.jpg \(an empty cell in .*ages\.csv, line 3\), .*c\.jpg; .*labels\.age\.optional/,
  );
  assert.match(notes.join(), /1 lines of tables pair with no image, such as .*ages\.csv, line 5/);
});

test('a check counts images by class, and numbers', async (t) => {
  const root = await folder(t, 'labels.csv', CSV);
  const { problems, splits } = await checkFolder({ root, description: description('labels.csv') });
  assert.deepEqual(problems, []);
  const counted = splits.train.labels;
  assert.deepEqual(
    counted.room.classes?.map(({ pixels }) => pixels),
    [1, 1],
  );
  assert.deepEqual(
    counted.things.classes?.map(({ pixels }) => pixels),
    [1, 1, 1],
  );
  assert.deepEqual([counted.things.files, counted.things.labelledPixels, counted.things.pixels], [3, 8, 9]);
  assert.deepEqual(counted.age.numbers, [{ name: 'age', count: 2, least: 31, most: 60.5, sum: 91.5 }]);
});

test('init finds the classes of a table', async (t) => {
  const root = await folder(t, 'labels.csv', CSV);
  const of = (kind: string, table: string) =>
    initDescription(root, { images: { train: 'image/**/*.jpg' }, labels: { [kind]: { train: table } } });
  const { description: found } = await of('classification', 'labels.csv#room');
  assert.deepEqual(found.splits.train.labels, { classification: 'labels.csv' });
  assert.deepEqual(found.labels, {
    classification: { kind: 'classification', classes: ['bedroom', 'office'], column: 'room', optional: true },
  });
  const listed = (await of('multilabel', 'labels.csv#things')).description.labels.multilabel;
  assert.deepEqual(listed, { kind: 'multilabel', classes: ['bed', 'desk', 'lamp'], column: 'things' });
  const number = (await of('regression', 'labels.csv#age')).description.labels.regression;
  assert.deepEqual(number, { kind: 'regression', names: ['age'], optional: true });
  await assert.rejects(of('regression', 'labels.csv'), /has the columns room, things, .*'train=labels\.csv#room'/);
});

test('a preview shows labels of whole images in one column of words each', async (t) => {
  const root = await folder(t, 'labels.csv', CSV);
  const dataset = await openFolder({ root, description: description('labels.csv'), split: 'train' });
  const { sheet, columns } = await drawPreview(dataset, 3, 60);
  assert.deepEqual(columns, ['image', 'room', 'things', 'flags', 'age']);
  // 5 cells of 60 x 45 with gaps of 4 around them.
  assert.deepEqual([sheet.width, sheet.height], [5 * 64 + 4, 3 * 49 + 4]);
});
