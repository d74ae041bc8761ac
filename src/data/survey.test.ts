import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Survey } from './survey.js';

test('the values of all files are counted, with the files in which they occur', () => {
  const survey = new Survey();
  survey.add({ width: 4, height: 1, channels: 1, data: Uint8Array.of(0, 3, 3, 255), range: 255, palette: [[1, 2, 3]] });
  survey.add({ width: 2, height: 1, channels: 3, data: Uint16Array.of(3, 3, 3, 9, 9, 9), range: 65535 });
  assert.deepEqual([survey.files, survey.pixels, survey.floats, survey.range], [2, 6, 0, 65535]);
  assert.deepEqual(
    [...survey.values],
    [
      [0, { pixels: 1, files: 1 }],
      [3, { pixels: 3, files: 2 }],
      [255, { pixels: 1, files: 1 }],
      [9, { pixels: 1, files: 1 }],
    ],
  );
  // 0 is no end of the range: it means unlabelled in most maps.
  assert.deepEqual([survey.least, survey.atLeast, survey.most, survey.atMost], [3, 3, 255, 1]);
  assert.deepEqual(survey.palette, [[1, 2, 3]]);
});

test('fractions, NaN and infinite numbers are counted apart, and colours by their own', () => {
  const survey = new Survey();
  const fractions = Float32Array.of(0.5, Number.NaN, Number.POSITIVE_INFINITY, 2, -1.5);
  survey.add({ width: 5, height: 1, channels: 1, data: fractions });
  const colours = Uint8Array.of(255, 0, 16, 255, 0, 16, 1, 1, 2);
  survey.add({ width: 3, height: 1, channels: 3, data: colours, range: 255 });
  assert.deepEqual([survey.fractions, survey.notFinite, survey.floats], [2, 2, 1]);
  assert.deepEqual([...survey.values], [[2, { pixels: 1, files: 1 }]]);
  assert.deepEqual(
    [...survey.colours],
    [
      [0xff0010, { pixels: 2, files: 1 }],
      [0x010102, { pixels: 1, files: 1 }],
    ],
  );
  assert.deepEqual([survey.least, survey.most], [-1.5, 2]);
});

test('values that are known are counted however many others there are', () => {
  // More different values than are counted one by one, then the first one four times more.
  const data = Float32Array.from({ length: 70_005 }, (_, at) => (at < 70_001 ? at + 1 : 1));
  const survey = new Survey();
  survey.add({ width: data.length, height: 1, channels: 1, data });
  assert.deepEqual(survey.values.get(1), { pixels: 5, files: 1 });
  assert.deepEqual([survey.least, survey.atLeast, survey.most, survey.atMost], [1, 5, 70_001, 1]);
});
