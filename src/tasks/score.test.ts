import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NddrError } from '../errors.js';
import { createTask } from './index.js';
import { deltaM } from './score.js';

const tasks = [
  createTask('seg', { kind: 'segmentation', classes: ['a', 'b'] }),
  createTask('normal', { kind: 'normals' }),
];
const single = { seg: { mIoU: 0.4, pixelAccuracy: 0.7 }, normal: { meanDegrees: 20 } };

test('delta_m is the mean relative gain of the main metrics in per cent', () => {
  // mIoU 0.40 -> 0.44: +10 %; 20 -> 19 degrees: 5 % lower, so +5 %.
  const values = { seg: { mIoU: 0.44, pixelAccuracy: 0 }, normal: { meanDegrees: 19 } };
  assert.ok(Math.abs(deltaM(tasks, values, single) - 7.5) < 1e-9);
  assert.equal(deltaM(tasks, single, single), 0);
  assert.ok(Math.abs(deltaM(tasks, { ...values, normal: { meanDegrees: 24 } }, single) - -5) < 1e-9);
});

test('delta_m names a value that it lacks', () => {
  assert.throws(() => deltaM(tasks, { seg: { mIoU: 0.4 } }, single), {
    name: NddrError.name,
    message: 'delta_m needs "meanDegrees" of task "normal"; the multi-task values lack it.',
  });
});
