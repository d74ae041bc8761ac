import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from './random.js';

const COUNT = 100_000;

/** Pearson's correlation coefficient. */
function correlation(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  const covariance = (u: readonly number[], meanU: number, v: readonly number[], meanV: number) =>
    mean(u.map((value, i) => (value - meanU) * (v[i] - meanV)));
  return covariance(x, meanX, y, meanY) / Math.sqrt(covariance(x, meanX, x, meanX) * covariance(y, meanY, y, meanY));
}

const draw = (random: Random, count: number) => Array.from({ length: count }, () => random.next());

test('numbers fill 100 equal bins of [0, 1) evenly', () => {
  for (const seed of [0, 1, 2, 'a name']) {
    const bins = new Array<number>(100).fill(0);
    for (const value of draw(new Random(seed), COUNT)) {
      assert.ok(value >= 0 && value < 1);
      bins[Math.floor(value * 100)]++;
    }
    const expected = COUNT / 100;
    const chiSquare = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 99 degrees of freedom: mean 99, standard deviation 14.1; these bounds lie beyond four of them.
    assert.ok(chiSquare > 50 && chiSquare < 160, `chi-square ${chiSquare} for seed ${seed}`);
  }
});

test('neighbouring numbers, seeds, forks and children of forks are uncorrelated', () => {
  const base = draw(new Random(7), COUNT);
  const others = {
    'the next number': [...base.slice(1), 0],
    'the next seed': draw(new Random(8), COUNT),
    'the seed as text': draw(new Random('7'), COUNT),
    'a fork': draw(new Random(7).fork('a'), COUNT),
    'a fork of a fork': draw(new Random(7).fork('a').fork('a'), COUNT),
  };
  // The standard error is 1 / sqrt(100 000) = 0.0032.
  for (const [name, other] of Object.entries(others)) {
    assert.ok(Math.abs(correlation(base, other)) < 0.014, `correlated with ${name}`);
  }
});

test('the first numbers of numbered forks are as uniform as those of one stream', () => {
  const parent = new Random('parent');
  const firsts = Array.from({ length: 20_000 }, (_, i) => parent.fork(i).next());
  const bins = new Array<number>(20).fill(0);
  for (const value of firsts) bins[Math.floor(value * 20)]++;
  const chiSquare = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  // 19 degrees of freedom: mean 19, standard deviation 6.2.
  assert.ok(chiSquare < 47, `chi-square ${chiSquare}`);
  assert.ok(Math.abs(correlation(firsts.slice(1), firsts.slice(0, -1))) < 0.032);
  assert.ok(new Set(firsts).size > 19_980, 'forks repeat one another');
});

test('a fork does not depend on what was drawn before, and leaves its parent alone', () => {
  const fresh = new Random(3);
  const used = new Random(3);
  draw(used, 10);
  assert.deepEqual(draw(used.fork('x'), 5), draw(fresh.fork('x'), 5));
  assert.deepEqual(draw(fresh, 12).slice(10), draw(used, 2));
});

test('paths of names that spell the same text are different streams', () => {
  const firsts = [
    new Random(1),
    new Random('1'),
    new Random(1).fork('').fork('ab'),
    new Random(1).fork('ab').fork(''),
    new Random(1).fork('a').fork('b'),
    new Random(1).fork('ab'),
    new Random(1).fork('b').fork('a'),
    new Random(1).fork(12),
    new Random(1).fork('12'),
    new Random(-1),
    new Random(1.5),
  ].map((random) => random.next());
  assert.equal(new Set(firsts).size, firsts.length);
});

test('normal numbers have mean 0, variance 1, no skew and the kurtosis 3', () => {
  const random = new Random('normal');
  const moments = [0, 0, 0, 0];
  for (let i = 0; i < COUNT; i++) {
    const value = random.normal();
    for (let order = 0; order < 4; order++) moments[order] += value ** (order + 1) / COUNT;
  }
  // Four standard errors: sqrt(1, 2, 15, 96) / sqrt(100 000).
  assert.ok(Math.abs(moments[0]) < 0.013, `mean ${moments[0]}`);
  assert.ok(Math.abs(moments[1] - 1) < 0.018, `variance ${moments[1]}`);
  assert.ok(Math.abs(moments[2]) < 0.05, `third moment ${moments[2]}`);
  assert.ok(Math.abs(moments[3] - 3) < 0.13, `fourth moment ${moments[3]}`);
});

test('uniform and integer stay in their ranges and reach all of them', () => {
  const random = new Random('ranges');
  const seen = new Set<number>();
  for (let i = 0; i < 1000; i++) {
    seen.add(random.integer(6));
    const value = random.uniform(-2, 3);
    assert.ok(value >= -2 && value < 3);
  }
  assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4, 5]);
});

test('shuffle gives each of the 24 orders of four items equally often', () => {
  const random = new Random('shuffle');
  const counts = new Map<string, number>();
  for (let i = 0; i < 24_000; i++) {
    const order = random.shuffle([0, 1, 2, 3]).join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assert.equal(counts.size, 24);
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  // 23 degrees of freedom: mean 23, standard deviation 6.8.
  assert.ok(chiSquare < 54, `chi-square ${chiSquare}`);
});
