import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBackbone } from '../backbones/index.js';
import { buildNetwork } from '../network.js';
import { BATCH_NORM } from '../nn/layers.js';
import { parameterCount } from '../nn/scope.js';
import { createFusion } from './index.js';
import { joined, pass, variablesOf } from './joined.test.fixture.js';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const relu = (x: number) => Math.max(x, 0);

/** Two images of one pixel and one channel, by two stages. */
const SHAPE = [2, 1, 1, 1];
const s1 = [1, 2];
const s2 = [3, -1];

const WEIGHTS = { a: { g1: 1.5, h1: -0.5, g2: [1, 2], h2: 1 }, b: { g1: -1, h1: 2, g2: [-1, 3], h2: -2 } };
const F = 0.75;

/** What the tasks see by the formula, with one batch norm in all places. */
function byHand(norm: (values: number[]) => number[]): number[][] {
  const tasks = Object.values(WEIGHTS);
  const masked = (s: number[], picked: number[], h: number) => {
    const mask = norm(norm(picked).map((g) => relu(g) * h)).map(sigmoid);
    return s.map((x, i) => x * mask[i]);
  };
  const first = tasks.map(({ g1, h1 }) =>
    masked(
      s1,
      s1.map((x) => x * g1),
      h1,
    ),
  );
  const carried = norm(first.flat().map((x) => x * F)).map(relu);
  return tasks.map(({ g2: [own, before], h2 }, t) =>
    masked(
      s2,
      s2.map((x, i) => x * own + carried[2 * t + i] * before),
      h2,
    ),
  );
}

async function found(mode: 'train' | 'evaluate', mean: number, variance: number) {
  const values: Record<string, number[]> = { 'mtan2.f.weight': [0, 0, 0, 0, F, 0, 0, 0, 0] };
  for (const [task, { g1, h1, g2, h2 }] of Object.entries(WEIGHTS)) {
    values[`mtan1.${task}.g.weight`] = [g1];
    values[`mtan1.${task}.h.weight`] = [h1];
    values[`mtan2.${task}.g.weight`] = g2;
    values[`mtan2.${task}.h.weight`] = [h2];
  }
  for (const layer of [
    'mtan2.f',
    ...Object.keys(WEIGHTS).flatMap((t) => ['g', 'h'].flatMap((l) => [`mtan1.${t}.${l}`, `mtan2.${t}.${l}`])),
  ])
    Object.assign(values, {
      [`${layer}.gamma`]: [1],
      [`${layer}.beta`]: [0],
      [`${layer}.mean`]: [mean],
      [`${layer}.var`]: [variance],
    });
  const stages = [[Float32Array.from(s1)], [Float32Array.from(s2)]];
  return (await pass(createFusion({ kind: 'mtan' }), stages, SHAPE, values, { mode })).seen;
}

const near = (seen: number[][], wanted: number[][]) => {
  for (const [i, value] of seen.flat().entries())
    assert.ok(
      Math.abs(value - wanted.flat()[i]) < 1e-6,
      `${JSON.stringify(seen)} instead of ${JSON.stringify(wanted)}`,
    );
};

test('each task masks the features of every stage by what it saw there and passed on', async () => {
  const norm = (values: number[]) => values.map((x) => (x - 0.25) / Math.sqrt(2 + BATCH_NORM.epsilon));
  near(await found('evaluate', 0.25, 2), byHand(norm));
});

test('while training, the layer that all tasks share normalises them together', async () => {
  const norm = (values: number[]) => {
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
    return values.map((x) => (x - mean) / Math.sqrt(variance + BATCH_NORM.epsilon));
  };
  near(await found('train', 0, 1), byHand(norm));
});

test('on VGG-16 it adds two modules a stage and task, and a convolution between stages', () => {
  const backbone = createBackbone({ kind: 'vgg16', width: 1, keep: 0.5 });
  const countOf = (config: Parameters<typeof joined>[0], tasks = 2) =>
    parameterCount(buildNetwork({ ...joined(config, tasks), backbone }, 'train', [1, 33, 33]).build.variables.values());
  const widths = [64, 128, 256, 512, 512];
  const sum = (of: (width: number, before: number) => number) =>
    widths.reduce((total, width, i) => total + of(width, widths[i - 1] ?? 0), 0);
  const shared = sum((c, before) => (before ? 9 * before * c + 2 * c : 0));
  // g [C, C or 2 C] and h [C, C], each with a gamma and a beta.
  const own = sum((c, before) => (before ? 2 : 1) * c * c + c * c + 4 * c);
  for (const tasks of [1, 3])
    assert.equal(countOf({ kind: 'mtan' }, tasks) - countOf({ kind: 'shared' }, tasks), shared + tasks * own);
  const narrow = sum((c, before) => ((before ? 2 : 1) * c * c + c * c) / 4 + 2.5 * c);
  assert.equal(countOf({ kind: 'mtan', reduction: 4 }) - countOf({ kind: 'shared' }), shared + 2 * narrow);
});

test('the channels inside a module are divided, rounded, and at least one', () => {
  const innerOf = (reduction: number) =>
    variablesOf(joined({ kind: 'mtan', reduction }, 1))
      .filter(({ path }) => /^mtan\d\.seg\.g\.weight$/.test(path))
      .map(({ shape }) => shape[0]);
  // Stages of 4, 4 and 6 channels.
  assert.deepEqual(innerOf(1), [4, 4, 6]);
  assert.deepEqual(innerOf(4), [1, 1, 2]);
  assert.deepEqual(innerOf(100), [1, 1, 1]);
});
