import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlannedRun } from '../experiments/comparison/plan.js';
import { parseConfig } from '../experiments/config.js';
import type { RunEvent } from '../experiments/run.js';
import { Cost, showPlan } from './experiment-plan.js';

const run = (seed: number, width: number): PlannedRun => ({
  row: { name: 'row', set: {}, on: {}, shown: true, times: 1 },
  seed,
  path: 'nowhere',
  config: parseConfig({
    name: 'row',
    data: { kind: 'rooms' },
    tasks: { depth: { kind: 'depth' } },
    train: { steps: 10, batch: 4, accumulate: 2, width, height: 65 },
  }),
});
const step = (stepMillis: number): RunEvent => ({
  ...{ type: 'step', step: 1, losses: {}, weights: {}, total: 0, rate: 1, waitMillis: 0 },
  stepMillis,
});

test('an experiment begins with its plan: rows, seeds, runs, steps, crops and what was done before', () => {
  const runs = [run(1, 97), run(2, 97)];
  const plan = { experiment: {} as never, data: 'rooms', seeds: [1, 2], out: '', runs };
  assert.equal(
    showPlan(plan, new Map([[runs[0], { kind: 'begun', step: 4 }]])),
    'Plan: 1 row x 2 seeds = 2 runs, 20 steps of 8 crops of 97x65 (width x height); 4 are done.',
  );
  assert.match(showPlan({ ...plan, runs: [run(1, 97), run(2, 129)] }, new Map()), /97x65 .* or of 8 crops of 129x65/);
});

test('the costs of a step are told once, when the first steps are over', () => {
  const cost = new Cost();
  const lines = [900, 800, 500, 400].map((millis) => cost.after(step(millis), 'row, seed 1', 120));
  assert.deepEqual(
    lines.map((line) => line !== undefined),
    [false, false, true, false],
  );
  assert.match(
    lines[2] ?? '',
    /^A step of "row, seed 1" takes 0\.50 s; memory so far \d+\.\d GB\. If all 120 .* 1 min/,
  );
  const slow = new Cost();
  const [, , line] = [1, 2, 142_000].map((millis) => slow.after(step(millis), 'row', 480_000));
  assert.match(line ?? '', /takes 2 min 22 s; .* take as long, 789 days,/);
});
