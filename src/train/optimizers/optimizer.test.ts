import assert from 'node:assert/strict';
import { test } from 'node:test';
import { source } from '../../engine/index.js';
import { filled } from '../../nn/init.js';
import type { Group, Role, Values, Variable } from '../../nn/scope.js';
import { createOptimizer, optimizerSchema } from './index.js';
import { rateOf } from './optimizer.js';

const RATES = { fusion: 100, headWeight: 10, headBias: 20 };

const variable = (path: string, role: Role, group: Group = 'base'): Variable => ({
  ...{ path, role, group, shape: [1], initializer: filled(1), tensor: source(path, [1]) },
});

interface Options {
  readonly kind?: string;
  readonly momentum?: number;
  readonly decay?: number;
  readonly clip?: number | null;
}

/** Variables that begin at 1, and an optimizer for them. */
function begin(variables: readonly Variable[], { clip, ...options }: Options) {
  const values: Values<Float64Array> = new Map(variables.map(({ path }) => [path, Float64Array.of(1)]));
  const kind = options.kind ?? 'sgd';
  const config = optimizerSchema.parse({ kind, ...(kind === 'sgd' && { momentum: 0 }), decay: 0, ...options });
  const optimizer = createOptimizer(config, variables, values, { rates: RATES, clip });
  const apply = (gradients: Record<string, number>, rate: number) =>
    optimizer.apply(new Map(Object.entries(gradients).map(([path, g]) => [path, Float64Array.of(g)])), rate, 1);
  return { values, optimizer, apply, at: (path: string) => values.get(path)?.[0] as number };
}

const near = (found: number, expected: number, tolerance = 1e-12) =>
  assert.ok(Math.abs(found - expected) < tolerance, `${found}, expected ${expected}`);

test('three steps with momentum and decay are those worked out by hand', () => {
  const run = begin([variable('w', 'weight'), variable('b', 'bias')], { momentum: 0.9, decay: 0.1 });
  // v <- 0.9 v + g + 0.1 w;  w <- w - 0.5 v: for w the first g counts 0.2 + 0.1, for b, which does not decay, 0.2.
  const steps = [
    { g: 0.2, w: 0.85, vw: 0.3, b: 0.9, vb: 0.2 },
    { g: -0.4, w: 0.8725, vw: -0.045, b: 1.01, vb: -0.22 },
    { g: 0, w: 0.849125, vw: 0.04675, b: 1.109, vb: -0.198 },
  ];
  for (const { g, w, vw, b, vb } of steps) {
    run.apply({ w: g, b: g }, 0.5);
    near(run.at('w'), w);
    near(run.at('b'), b);
    near(run.optimizer.state.get('momentum.w')?.[0] as number, vw);
    near(run.optimizer.state.get('momentum.b')?.[0] as number, vb);
  }
});

test('only convolution weights decay', () => {
  const roles: Role[] = ['weight', 'bias', 'gamma', 'beta'];
  // Adam divides the gradient 0.5 by its own size.
  for (const [kind, expected] of [
    ['sgd', 0.95],
    ['adam', 0.9],
    ['adamw', 0.95],
  ] as const) {
    const run = begin(
      roles.map((role) => variable(role, role)),
      { kind, decay: 0.5 },
    );
    run.apply(Object.fromEntries(roles.map((role) => [role, 0])), 0.1);
    near(run.at('weight'), expected, 1e-8);
    assert.deepEqual(roles.slice(1).map(run.at), [1, 1, 1], kind);
  }
});

test('rates follow the group, and in the head the role; the decay follows the rate', () => {
  const rate = (group: Group, role: Role) => rateOf({ group, role }, RATES);
  assert.deepEqual(
    (['weight', 'gamma', 'beta'] as const).map((role) => [rate('base', role), rate('fusion', role)]),
    [
      [1, 100],
      [1, 100],
      [1, 100],
    ],
  );
  assert.deepEqual([rate('head', 'weight'), rate('head', 'bias'), rate('base', 'bias')], [10, 20, 1]);
  const run = begin([variable('w', 'weight'), variable('f', 'weight', 'fusion')], { decay: 0.25 });
  run.apply({ w: 0.25, f: 0.25 }, 0.001);
  near(run.at('w'), 1 - 0.001 * 0.5);
  near(run.at('f'), 1 - 0.1 * 0.5);
});

test('gradients longer than the clip are shortened to it together, the decay is not', () => {
  const variables = [variable('a', 'weight'), variable('b', 'bias')];
  // (3, 4) has the norm 5: a clip of 1 leaves a fifth of each, one of 5 or more leaves them alone.
  for (const [clip, share] of [
    [1, 0.2],
    [2.5, 0.5],
    [5, 1],
    [10, 1],
    [null, 1],
  ] as const) {
    const run = begin(variables, { clip, decay: 0.5 });
    run.apply({ a: 3, b: 4 }, 0.1);
    near(run.at('a'), 1 - 0.1 * (3 * share + 0.5));
    near(run.at('b'), 1 - 0.1 * 4 * share);
  }
});

test('statistics and variables without a gradient stay as they are', () => {
  const run = begin([variable('w', 'weight'), variable('mean', 'statistic'), variable('idle', 'weight')], { decay: 1 });
  run.apply({ w: 1 }, 0.25);
  assert.deepEqual(['w', 'mean', 'idle'].map(run.at), [0.5, 1, 1]);
  assert.deepEqual([...run.optimizer.state.keys()], ['momentum.w', 'momentum.idle']);
});
