import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { source } from '../../engine/index.js';
import { filled } from '../../nn/init.js';
import type { Variable } from '../../nn/scope.js';
import { createOptimizer, optimizerSchema } from './index.js';

/** In the sources: tests run from `dist`. */
const FIXTURE = fileURLToPath(new URL('../../../../tests/fixtures/torch-optim.json', import.meta.url));

interface Recorded {
  readonly rate: number;
  readonly clip: number;
  readonly start: readonly number[];
  readonly gradients: readonly (readonly number[])[];
  /** Weights after every update, by case. */
  readonly weights: Readonly<Record<string, readonly (readonly number[])[]>>;
}

const recorded: Recorded = JSON.parse(readFileSync(FIXTURE, 'utf8'));

/** The settings of tests/peers/torch_optim.py, by its names. */
const CASES: Readonly<Record<string, object>> = {
  sgd: { kind: 'sgd', momentum: 0, decay: 0 },
  'sgd, momentum and decay': { kind: 'sgd', momentum: 0.9, decay: 0.05 },
  'sgd, nesterov and decay': { kind: 'sgd', momentum: 0.9, nesterov: true, decay: 0.05 },
  adam: { kind: 'adam', decay: 0 },
  'adam, other betas and decay': { kind: 'adam', beta1: 0.8, beta2: 0.95, epsilon: 1e-3, decay: 0.05 },
  adamw: { kind: 'adamw', decay: 0.05 },
  'adamw, other betas': { kind: 'adamw', beta1: 0.8, beta2: 0.95, epsilon: 1e-3, decay: 0.3 },
};

const weight = (length: number): Variable => ({
  ...{
    path: 'w',
    role: 'weight',
    group: 'base',
    shape: [length],
    initializer: filled(0),
    tensor: source('w', [length]),
  },
});

for (const [name, settings] of Object.entries(CASES)) {
  for (const clip of [null, recorded.clip]) {
    const key = clip ? `${name}, clipped` : name;
    // PyTorch's clipping divides by the norm + 1e-6.
    const tolerance = clip ? 1e-6 : 1e-13;
    test(`five updates are those of PyTorch: ${key}`, () => {
      const start = Float64Array.from(recorded.start);
      const values = new Map([['w', start]]);
      const rates = { fusion: 1, headWeight: 1, headBias: 1 };
      const optimizer = createOptimizer(optimizerSchema.parse(settings), [weight(start.length)], values, {
        rates,
        clip,
      });
      for (const [i, gradient] of recorded.gradients.entries()) {
        optimizer.apply(new Map([['w', Float64Array.from(gradient)]]), recorded.rate, i + 1);
        for (const [at, expected] of recorded.weights[key][i].entries()) {
          const found = start[at];
          assert.ok(Math.abs(found - expected) < tolerance, `update ${i + 1}, weight ${at}: ${found}, not ${expected}`);
        }
      }
    });
  }
}

test('every optimizer was compared', () => {
  const compared = new Set(Object.values(CASES).map((settings) => (settings as { kind: string }).kind));
  assert.deepEqual(
    [...compared],
    optimizerSchema.options.map(({ shape }) => shape.kind.value),
  );
  assert.deepEqual(
    Object.keys(recorded.weights),
    Object.keys(CASES).flatMap((name) => [name, `${name}, clipped`]),
  );
});
