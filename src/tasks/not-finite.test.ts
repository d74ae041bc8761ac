/** What is no number never counts as right, and never keeps a meter from ending: over every kind of task. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../random.js';
import { averagePrecision } from './average-precision.js';
import { example, taskCases } from './cases.test.fixture.js';
import { NO_CLASS } from './confusion.js';
import { createTask } from './index.js';
import type { Raster } from './raster.js';
import type { Task } from './task.js';

const NOT_FINITE = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

const judge = (task: Task, pairs: readonly (readonly [Raster, Raster])[]): Record<string, number> => {
  const meter = task.meter();
  for (const [answer, label] of pairs) meter.add(answer, label);
  for (const value of Object.values(meter.perClass?.() ?? {})) assert.ok(Math.abs(value) !== Number.POSITIVE_INFINITY);
  return meter.values();
};

const filled = (map: Raster, of: (index: number) => number): Raster => ({
  ...map,
  data: Float32Array.from(map.data, (_, i) => of(i)),
});

/** Each metric of `found` is NaN, or finite and no better than that of `wrong`. */
function assertNoBetter(task: Task, found: Record<string, number>, wrong: Record<string, number>): void {
  for (const { name, better } of task.metrics) {
    const [a, b] = [found[name], wrong[name]];
    assert.ok(Number.isFinite(a) || Number.isNaN(a), `${name} is ${a}`);
    const excess = better === 'higher' ? a - b : b - a;
    assert.ok(Number.isNaN(a) || excess < 1e-9, `${name}: ${a} without an answer, ${b} with another answer`);
  }
}

for (const [kind, cases] of Object.entries(taskCases)) {
  const random = new Random(kind);
  // Vectors and numbers lie on both sides of 0, depths and probabilities do not.
  const low = kind === 'normals' || kind === 'regression' ? -1 : 0.01;
  const draw = (answer: Raster) => filled(answer, () => random.uniform(low, 1));

  test(`an answer that is not finite is as bad as any, and no depth or number at all: ${kind}`, () => {
    for (const { task, answer, label } of cases.map(example))
      for (const poison of NOT_FINITE)
        for (const of of [() => poison, (i: number) => (i < answer.width ? poison : 0.5)]) {
          const found = judge(task, [[filled(answer, of), label]]);
          if (of(answer.data.length - 1) !== 0.5)
            for (let i = 0; i < 20; i++) assertNoBetter(task, found, judge(task, [[draw(answer), label]]));
          for (const { name } of task.metrics)
            assert.ok(!(Math.abs(found[name]) === Number.POSITIVE_INFINITY), `${name}: ${found[name]}`);
        }
  });

  // Of boundaries, a pixel less can keep another one from being suppressed.
  if (kind !== 'boundaries')
    test(`one pixel, or image, that is not finite is no better than any other answer there: ${kind}`, () => {
      for (const { task, answer, label } of cases.map(example))
        for (let i = 0; i < 20; i++) {
          const whole = draw(answer);
          const broken = (value: () => number) =>
            task.level === 'image'
              ? [filled(answer, value), whole]
              : [filled(whole, (at) => (at % answer.width === 0 ? value() : whole.data[at]))];
          const all = (answers: readonly Raster[]) =>
            judge(
              task,
              answers.map((one) => [one, label]),
            );
          const wrong = all(broken(() => random.uniform(low, 1)));
          for (const poison of NOT_FINITE) assertNoBetter(task, all(broken(() => poison)), wrong);
        }
    });

  test(`a label that is not finite is none: ${kind}`, () => {
    for (const { task, answer, label } of cases.map(example))
      for (const poison of NOT_FINITE) {
        const nothing = judge(task, [[answer, filled(label, () => poison)]]);
        for (const [name, value] of Object.entries(nothing)) assert.ok(Number.isNaN(value), `${name}: ${value}`);
        const pooled = judge(task, [
          [answer, filled(label, () => poison)],
          [answer, label],
        ]);
        assert.deepEqual(pooled, judge(task, [[answer, label]]));
      }
  });

  test(`no pixels at all are judged as nothing: ${kind}`, () => {
    for (const { task, answer, label } of cases.map(example)) {
      const none = { height: 0, width: 0, data: new Float32Array(0) };
      const values = judge(task, [
        [
          { ...answer, ...none },
          { ...label, ...none },
        ],
      ]);
      for (const [name, value] of Object.entries(values)) assert.ok(Number.isNaN(value), `${name}: ${value}`);
    }
  });

  test(`answers that are not finite are drawn and kept: ${kind}`, () => {
    for (const { task, answer } of cases.map(example))
      for (const poison of NOT_FINITE) {
        const map = filled(answer, () => poison);
        const { width, height, data } = task.picture(map, { width: 60, height: 40 });
        assert.equal(data.length, 3 * width * height);
        assert.equal(task.raw?.(map).data.length ?? map.width, map.width);
        for (const { text } of task.inWords?.(map).lines ?? []) assert.ok(text.length > 0);
      }
  });
}

test('a pixel without an answer counts against every class', () => {
  const task = createTask('t', { kind: 'segmentation', classes: ['a', 'b'] });
  // Truths a b; b is right, a has no answer: a 0 / 1; b 1 / 2, as if a had been answered as b.
  const answer = { channels: 2, height: 1, width: 2, data: Float32Array.of(Number.NaN, 0.2, 0.5, 0.8) };
  const label = { channels: 1, height: 1, width: 2, data: Uint8Array.of(0, 1) };
  assert.deepEqual(judge(task, [[answer, label]]), { mIoU: 0.25, pixelAccuracy: 0.5 });
  assert.deepEqual(task.raw?.(answer).data, Uint8Array.of(NO_CLASS, 1));
});

test('a normal without an answer is 180 degrees off', () => {
  const task = createTask('t', { kind: 'normals' });
  const answer = { channels: 3, height: 1, width: 2, data: Float32Array.of(Number.NaN, 0, 0, 0, 1, 1) };
  const label = { channels: 3, height: 1, width: 2, data: Float32Array.of(0, 0, 0, 0, 1, 1) };
  const { meanDegrees, 'within11.25': within } = judge(task, [[answer, label]]);
  assert.deepEqual([meanDegrees, within], [90, 0.5]);
});

test('an unanswered depth is within no bound, and a depth below 0 is not right because its ratio is', () => {
  const task = createTask('t', { kind: 'depth' });
  const label = { channels: 1, height: 1, width: 2, data: Float32Array.of(2, 2) };
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, -2, 0]) {
    const values = judge(task, [[{ ...label, data: Float32Array.of(bad, 2) }, label]]);
    assert.deepEqual([values.delta1, values.delta3], [0.5, 0.5]);
    assert.ok(Number.isNaN(values.logRmse));
  }
});

test('average precision without a number: what is true comes last, what is not first', () => {
  // Order: not (NaN), true (0.5), true (NaN): 1/2 * 1/2 + 1/2 * 2/3.
  const found = averagePrecision([Number.NaN, 0.5, Number.NaN], [false, true, true]);
  assert.ok(Math.abs(found - 7 / 12) < 1e-12);
});
