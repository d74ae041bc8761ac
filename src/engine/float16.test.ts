import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FLOAT16_MAX, toFloat16 } from './float16.js';

/** By the definition: (-1)^s 2^(e - 15) (1 + f / 1024), and 2^-14 f / 1024 where e is 0. */
function decoded(half: number): number {
  const [exponent, fraction] = [(half >> 10) & 31, half & 1023];
  const size = exponent === 0 ? 2 ** -24 * fraction : 2 ** (exponent - 15) * (1 + fraction / 1024);
  return half & 0x8000 ? -size : size;
}
const rounded = (...values: number[]) => [...toFloat16(Float32Array.from(values))];

/** The next float32 away from 0. */
function next(value: number, steps: 1 | -1): number {
  const number = Float32Array.of(value);
  new Uint32Array(number.buffer)[0] += steps;
  return number[0];
}

test('every float16 number is kept, its sign as well', () => {
  const halves = Array.from({ length: 0x7c00 }, (_, half) => [half, half | 0x8000]).flat();
  assert.deepEqual(rounded(...halves.map(decoded).map((v, i) => (halves[i] === 0x8000 ? -0 : v))), halves);
});

test('between two numbers the nearer one is taken, and the even one in the middle', () => {
  const [low, middle, high]: number[][] = [[], [], []];
  for (let half = 0; half < 0x7bff; half++) {
    const mean = (decoded(half) + decoded(half + 1)) / 2; // a float32 number
    low.push(next(mean, -1));
    middle.push(mean);
    high.push(next(mean, 1));
  }
  assert.deepEqual(
    rounded(...low),
    low.map((_, half) => half),
  );
  assert.deepEqual(
    rounded(...high),
    high.map((_, half) => half + 1),
  );
  assert.deepEqual(
    rounded(...middle),
    middle.map((_, half) => half + (half % 2)),
  );
});

test('what is too large is infinite, what is too small is 0', () => {
  assert.equal(decoded(0x7bff), FLOAT16_MAX);
  assert.deepEqual(rounded(next(65520, -1), 65520, -65520, 1e30, Number.POSITIVE_INFINITY), [
    ...[0x7bff, 0x7c00, 0xfc00, 0x7c00, 0x7c00],
  ]);
  assert.deepEqual(rounded(2 ** -25, next(2 ** -25, 1), -(2 ** -26), 1e-40), [0, 1, 0x8000, 0]);
});
