import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Floats } from '../../engine/index.js';
import { formulas, type Value } from './formula.js';
import { kernel } from './kernel.js';

const PRECISIONS = [Float32Array, Float64Array] as const;

/** Numbers of many magnitudes and both signs. */
const numbers = (Numbers: (typeof PRECISIONS)[number], length: number, seed: number): Floats =>
  new Numbers(Array.from({ length }, (_, i) => Math.sin(seed + 1.7 * i) * 10 ** (((7 * i + seed) % 13) - 6)));

const step = kernel(
  formulas(['weight', 'velocity', 'gradient'], ['keep', 'rate'], ({ weight, velocity, gradient, keep, rate }) => {
    const v = keep.times(velocity).plus(gradient);
    return { velocity: v, weight: weight.minus(rate.times(v).over(v.times(v).root().plus(keep))) };
  }),
);

for (const Numbers of PRECISIONS)
  for (const length of [1, 2, 3, 5, 4095, 4096, 4097, 9999])
    test(`a kernel over ${length} of ${Numbers.name} gives the bits of the same loop in JavaScript`, () => {
      const [weight, velocity, gradient] = [1, 2, 3].map((seed) => numbers(Numbers, length, seed));
      const [expectedWeight, expectedVelocity] = [weight.slice(), velocity.slice()];
      // Every operation is rounded to the arrays' precision: of one float64 operation that is the same as in float32.
      const r = Numbers === Float32Array ? Math.fround : (x: number) => x;
      const [keep, rate] = [r(0.9), r(0.01)];
      for (let i = 0; i < length; i++) {
        const v = r(r(keep * velocity[i]) + gradient[i]);
        expectedVelocity[i] = v;
        expectedWeight[i] = r(weight[i] - r(r(rate * v) / r(r(Math.sqrt(r(v * v))) + keep)));
      }
      const untouched = gradient.slice();
      step({ weight, velocity, gradient }, { keep: 0.9, rate: 0.01 });
      assert.deepEqual(weight, expectedWeight);
      assert.deepEqual(velocity, expectedVelocity);
      assert.deepEqual(gradient, untouched);
    });

test('every operation is that of JavaScript, infinities and NaN included', () => {
  const cases: [<T extends Value<T>>(a: T, b: T) => T, (a: number, b: number) => number][] = [
    [(a, b) => a.plus(b), (a, b) => a + b],
    [(a, b) => a.minus(b), (a, b) => a - b],
    [(a, b) => a.times(b), (a, b) => a * b],
    [(a, b) => a.over(b), (a, b) => a / b],
    [(a, b) => a.plus(b).root(), (a, b) => Math.sqrt(a + b)],
  ];
  const values = [0, -0, 1, -1, 1e-310, 1e308, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
  const pairs = values.flatMap((a) => values.map((b) => [a, b]));
  for (const [formula, expected] of cases) {
    const a = Float64Array.from(pairs, ([x]) => x);
    kernel(formulas(['a', 'b'], [], ({ a, b }) => ({ a: formula(a, b) })))(
      { a, b: Float64Array.from(pairs, ([, x]) => x) },
      {},
    );
    assert.deepEqual(
      [...a],
      pairs.map(([x, y]) => expected(x, y)),
    );
  }
});

test('arrays may swap their elements', () => {
  const swap = kernel(formulas(['a', 'b'], [], ({ a, b }) => ({ a: b, b: a })));
  const [a, b] = [Float32Array.of(1, 2, 3, 4, 5), Float32Array.of(6, 7, 8, 9, 10)];
  swap({ a, b }, {});
  assert.deepEqual(
    [[...a], [...b]],
    [
      [6, 7, 8, 9, 10],
      [1, 2, 3, 4, 5],
    ],
  );
});

test('views work on their own elements alone', () => {
  const all = Float32Array.from({ length: 10 }, (_, i) => i);
  const double = kernel(formulas(['a'], ['by'], ({ a, by }) => ({ a: a.times(by) })));
  double({ a: all.subarray(3, 6) }, { by: 2 });
  assert.deepEqual([...all], [0, 1, 2, 6, 8, 10, 6, 7, 8, 9]);
});

test('arrays of different length or precision are refused', () => {
  const add = kernel(formulas(['a', 'b'], [], ({ a, b }) => ({ a: a.plus(b) })));
  assert.throws(() => add({ a: new Float32Array(3), b: new Float32Array(4) }, {}), /3 Float32Array,4 Float32Array/);
  assert.throws(() => add({ a: new Float32Array(3), b: new Float64Array(3) }, {}), RangeError);
});
