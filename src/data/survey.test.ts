import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Survey } from './survey.js';

test('values that are known are counted however many others there are', () => {
  // More different values than are told apart, then the first one four times more.
  const data = Float32Array.from({ length: 70_005 }, (_, at) => (at < 70_001 ? at + 1 : 1));
  const survey = new Survey();
  survey.add({ width: data.length, height: 1, channels: 1, data });
  assert.deepEqual(survey.values.get(1), { pixels: 5, files: 1 });
  assert.deepEqual([survey.least, survey.atLeast, survey.most, survey.atMost], [1, 5, 70_001, 1]);
});
