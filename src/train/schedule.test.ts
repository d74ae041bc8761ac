import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scheduleOf, scheduleSchema } from './schedule.js';

const near = (found: number, expected: number) =>
  assert.ok(Math.abs(found - expected) < 1e-12, `${found}, expected ${expected}`);

const rateOf = (settings: object, base: number, steps: number) =>
  scheduleOf(scheduleSchema.parse(settings), base, steps);

test('the poly schedule falls from the base rate and never quite to 0', () => {
  // python3: [0.001 * (1 - t / 20001) ** 0.9 for t in (0, 10000, 20000)]
  const expected = [0.001, 0.0005359108449050887, 1.3460260380788448e-7];
  const rate = rateOf({ kind: 'poly' }, 0.001, 20001);
  for (const [i, step] of [0, 10000, 20000].entries()) near(rate(step) * 1e3, expected[i] * 1e3);
  assert.equal(rateOf({ kind: 'poly', power: 1 }, 0.5, 10)(5), 0.25);
  assert.equal(rateOf({ kind: 'poly', power: 0 }, 0.5, 10)(9), 0.5);
});

test('the step schedule falls by its factor again and again', () => {
  const rate = rateOf({ kind: 'step', every: 3, factor: 0.5 }, 8, 10);
  assert.deepEqual([0, 2, 3, 5, 6, 9].map(rate), [8, 8, 4, 4, 2, 1]);
});

test('the cosine schedule falls from the base rate over its half to almost 0, and the constant one stays', () => {
  const rate = rateOf({ kind: 'cosine' }, 2, 8);
  // python3: [1 + math.cos(math.pi * t / 8) for t in (0, 2, 4, 7)]
  for (const [step, expected] of [
    [0, 2],
    [2, 1.7071067811865475],
    [4, 1],
    [7, 0.07612046748871326],
  ])
    near(rate(step), expected);
  assert.deepEqual([0, 7].map(rateOf({ kind: 'constant' }, 2, 8)), [2, 2]);
});

test('warming up, every schedule rises evenly to its base rate and has the steps that are left', () => {
  const others = { poly: { power: 1 }, step: { every: 2, factor: 0.5 }, cosine: {}, constant: {} };
  for (const { shape } of scheduleSchema.options) {
    const kind = shape.kind.value;
    const settings = { kind, ...others[kind] };
    const rate = rateOf({ ...settings, warmup: 3 }, 4, 11);
    assert.deepEqual([0, 1, 2, 3].map(rate), [1, 2, 3, 4], kind);
    const after = rateOf(settings, 4, 8);
    assert.deepEqual([3, 4, 7, 10].map(rate), [0, 1, 4, 7].map(after));
  }
});
