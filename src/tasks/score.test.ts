import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NddrError } from '../errors.js';
import { createTask } from './index.js';
import { deltaM, mainMetric, scoreOf } from './score.js';

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
  assert.throws(() => deltaM(tasks, single, { normal: single.normal }), {
    name: NddrError.name,
    message: 'delta_m needs "mIoU" of task "seg"; the single-task values lack it.',
  });
});

test('the score is the mean of the main metrics on scales from 0 to 1', () => {
  // By hand: mIoU 0.44 as it is, 27 degrees of 180 as 1 - 0.15; half of their sum.
  const { kind, value, without } = scoreOf(tasks, { seg: { mIoU: 0.44 }, normal: { meanDegrees: 27 } });
  assert.deepEqual([kind, without], ['scaled', []]);
  assert.ok(Math.abs(value - (0.44 + 0.85) / 2) < 1e-12);
});

test('a task without a value is left out of the score and named; without any the score is NaN', () => {
  const one = scoreOf(tasks, { seg: { mIoU: Number.NaN }, normal: { meanDegrees: 90 } });
  assert.deepEqual(one, { kind: 'scaled', value: 0.5, without: ['seg'] });
  const none = scoreOf(tasks, { seg: { mIoU: Number.NaN } });
  assert.ok(Number.isNaN(none.value));
  assert.deepEqual(none.without, ['seg', 'normal']);
  assert.ok(Number.isNaN(scoreOf(tasks, {}, { seg: 0.4, normal: 20 }).value));
});

test('where single-task values are given the score is delta_m against them', () => {
  const values = { seg: { mIoU: 0.44 }, normal: { meanDegrees: 19 } };
  const { kind, value } = scoreOf(tasks, values, { seg: 0.4, normal: 20 });
  assert.equal(kind, 'delta_m');
  assert.ok(Math.abs(value - 7.5) < 1e-9);
  const without = scoreOf(tasks, { ...values, normal: { meanDegrees: Number.NaN } }, { seg: 0.4, normal: 20 });
  assert.ok(Math.abs(without.value - 10) < 1e-9);
});

test('every kind puts its main metric on a scale from 0 to 1 where higher is better', () => {
  const scaleOf = (config: Parameters<typeof createTask>[1]) => {
    const task = createTask('t', config);
    const { name } = mainMetric(task);
    return (value: number) => scoreOf([task], { t: { [name]: value } }).value;
  };
  const degrees = scaleOf({ kind: 'normals' });
  assert.deepEqual([degrees(0), degrees(180), degrees(45)], [1, 0, 0.75]);
  // The middle of 0.5 to 8 metres is sqrt(0.5 x 8) = 2.
  const metres = scaleOf({ kind: 'depth', rangeMetres: [0.5, 8] });
  assert.deepEqual([metres(0), metres(2), metres(6)], [1, 0.5, 0.25]);
  const years = scaleOf({ kind: 'regression', deviation: [10] });
  assert.deepEqual([years(0), years(10), years(30)], [1, 0.5, 0.25]);
  for (const config of [
    { kind: 'segmentation', classes: ['a', 'b'] },
    { kind: 'parts', classes: ['a', 'b'] },
    { kind: 'boundaries' },
    { kind: 'saliency' },
    { kind: 'classification', classes: ['a', 'b'] },
    { kind: 'multilabel', classes: ['a', 'b'] },
  ])
    assert.equal(scaleOf(config)(0.3), 0.3, config.kind);
});
