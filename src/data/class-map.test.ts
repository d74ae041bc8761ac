import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { encode } from 'fast-png';
import { labelOf, npyOf, png, temporaryFolder, writeTestFile } from './folder.test.fixture.js';
import { readLabel } from './read-label.js';

async function classes(t: TestContext, file: string, bytes: Uint8Array, what: object): Promise<number[]> {
  const path = await writeTestFile(join(await temporaryFolder(t), file), bytes);
  return [...(await readLabel(path, labelOf({ kind: 'segmentation', ...what }))).data];
}

const names = { classes: ['road', 'house', 'tree'] };
const paints = {
  ...names,
  colours: [
    [128, 64, 128],
    [70, 70, 70],
    [0, 0, 142],
  ],
};

test('classes may begin at another index than 0, and several indices be unlabelled', async (t) => {
  const what = { ...names, first: 1, ignore: [0, 9] };
  assert.deepEqual(await classes(t, 'a.png', png(5, 1, 1, [0, 1, 2, 3, 9]), what), [255, 0, 1, 2, 255]);
  await assert.rejects(classes(t, 'a.png', png(2, 1, 1, [1, 4]), what), {
    message: /a\.png: class index 4 at x 1, y 0 .* expected 1 to 3, or 0, 9 where unlabelled/,
  });
});

test('a map gives classes to indices of 8 and 16 bits, and null makes them unlabelled', async (t) => {
  const two = { classes: ['background', 'object'], map: { 0: 'background', 255: 'object' } };
  assert.deepEqual(await classes(t, 'a.png', png(3, 1, 1, [0, 255, 0]), two), [0, 1, 0]);
  const what = { ...names, map: { 7: 'road', 8: 'road', 300: 'house', 40000: 'tree', 65535: null } };
  const values = [7, 8, 300, 40000, 65535];
  assert.deepEqual(await classes(t, 'a.png', png(5, 1, 1, values, 16), what), [0, 0, 1, 2, 255]);
  await assert.rejects(classes(t, 'a.png', png(2, 1, 1, [7, 0], 16), what), /class index 0 at x 1, y 0/);
});

test('class maps are read from .npy files of every whole type, and of fractions that are whole', async (t) => {
  const what = { ...names, ignore: -1 };
  const values = [-1, 0, 2];
  for (const data of [Int8Array.from(values), Int32Array.from(values), Float64Array.from(values)]) {
    assert.deepEqual(await classes(t, 'a.npy', npyOf({ shape: [1, 3], data }), what), [255, 0, 2]);
  }
  const long = BigInt64Array.from(values, BigInt);
  assert.deepEqual(await classes(t, 'a.npy', npyOf({ shape: [1, 3], data: long }), what), [255, 0, 2]);
  const half = npyOf({ shape: [1, 2], data: Float32Array.of(1, 0.5) });
  await assert.rejects(classes(t, 'a.npy', half, what), /a\.npy: class index 0\.5 at x 1, y 0/);
});

test('other indices are counted by value, and left out on request', async (t) => {
  const bytes = () => png(6, 1, 1, [0, 3, 17, 128, 3, 1]);
  await assert.rejects(classes(t, 'a.png', bytes(), names), {
    name: 'NddrError',
    message: /a\.png: class index 3 at x 1, y 0 \(4 pixels without a class; 3: 2, 17: 1, 128: 1\)/,
  });
  const others = { ...names, others: 'unlabelled' };
  assert.deepEqual(await classes(t, 'a.png', bytes(), others), [0, 255, 255, 255, 255, 1]);
});

test('files painted in the colours of the classes are read, with and without alpha', async (t) => {
  const painted = [...paints.colours[2], ...paints.colours[0]];
  assert.deepEqual(await classes(t, 'a.png', png(2, 1, 3, painted), paints), [2, 0]);
  const opaque = [...paints.colours[2], 255, ...paints.colours[1], 255];
  assert.deepEqual(await classes(t, 'a.png', png(2, 1, 4, opaque), paints), [2, 1]);
  const clear = [...paints.colours[2], 255, ...paints.colours[1], 0];
  await assert.rejects(classes(t, 'a.png', png(2, 1, 4, clear), paints), /1 pixels are transparent/);
  const hex = { ...names, map: { '#804080': 'road', '#00008E': 'tree', '#000000': null } };
  assert.deepEqual(await classes(t, 'a.png', png(3, 1, 3, [...painted, 0, 0, 0]), hex), [2, 0, 255]);
});

test('an unknown colour is refused by name, or left out on request', async (t) => {
  const painted = () => png(2, 1, 3, [...paints.colours[0], 1, 2, 3]);
  await assert.rejects(classes(t, 'a.png', painted(), paints), {
    name: 'NddrError',
    message: /a\.png: colour #010203 at x 1, y 0 \(1 pixel without a class\), expected one of the 3 colours/,
  });
  assert.deepEqual(await classes(t, 'a.png', painted(), { ...paints, others: 'unlabelled' }), [0, 255]);
});

test('grey values in red, green and blue are indices, unless they are colours of classes', async (t) => {
  const grey = (...values: number[]) =>
    png(
      values.length,
      1,
      3,
      values.flatMap((v) => [v, v, v]),
    );
  assert.deepEqual(await classes(t, 'a.png', grey(2, 0, 255), names), [2, 0, 255]);
  assert.deepEqual(await classes(t, 'a.png', grey(2, 0, 255), paints), [2, 0, 255]);
  // (70, 70, 70) is a house.
  assert.deepEqual(await classes(t, 'a.png', grey(70, 70), paints), [1, 1]);
  // Black is the colour of "on", and 0 the index of "off".
  const both = {
    classes: ['off', 'on'],
    colours: [
      [1, 1, 1],
      [0, 0, 0],
    ],
  };
  await assert.rejects(classes(t, 'a.png', grey(0, 1), both), /could be indices or colours .*set "coding"/);
  assert.deepEqual(await classes(t, 'a.png', grey(0, 1), { ...both, coding: 'colours' }), [1, 0]);
  assert.deepEqual(await classes(t, 'a.png', grey(0, 1), { ...both, coding: 'indices' }), [0, 1]);
});

test('a PNG with a palette is read by its indices, whatever their colours', async (t) => {
  const palette = [
    [0, 0, 0],
    [9, 9, 9],
    [128, 64, 128],
  ];
  const indexed = encode({ width: 3, height: 1, channels: 1, depth: 8, data: Uint8Array.of(2, 0, 1), palette });
  assert.deepEqual(await classes(t, 'a.png', indexed, paints), [2, 0, 1]);
});

test('settings of class maps that cannot be meant are refused', () => {
  const refuses = (what: object, pattern: RegExp) =>
    assert.throws(() => labelOf({ kind: 'segmentation', ...names, ...what }), pattern);
  refuses({ map: { 7: 'raod' } }, /labels\.it\.map\.7: "raod" is no class; did you mean "road"/);
  refuses({ map: { seven: 'road' } }, /labels\.it\.map\.seven: expected an index such as "7", or a colour/);
  refuses({ map: { 7: 'road' }, first: 1 }, /labels\.it\.first: "map" names every index already/);
  refuses({ map: { 7: 'road' }, ignore: 7 }, /labels\.it\.map\.7: "ignore" has the index too/);
  refuses({ classes: ['road', 'road'] }, /labels\.it\.classes: "road" occurs twice/);
  refuses(
    { coding: 'colours' },
    /labels\.it\.coding: "colours" needs the colours of the classes; add "colours" or "map"/,
  );
});
