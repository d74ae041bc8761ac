import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../experiments/config.js';
import { follower } from './experiment.js';

test('an experiment tells notes of its runs once, and counts the images of all batches of a step', () => {
  const config = parseConfig({
    name: 'row',
    data: { kind: 'rooms' },
    tasks: { depth: { kind: 'depth' } },
    train: { steps: 10, batch: 4, accumulate: 3 },
  });
  const lines: string[] = [];
  const rates: (number | undefined)[] = [];
  const progress = { update() {}, message: (line: string) => lines.push(line), close() {} };
  const told = new Set<string>();
  for (const row of ['one', 'two']) {
    const follow = follower({ config }, row, [], progress, (_, facts) => rates.push(facts.imagesPerSecond), told);
    follow({ type: 'note', step: 0, message: 'a share is held out' });
    follow({
      ...{ type: 'step', step: 1, losses: {}, weights: {}, total: 0, rate: 1 },
      ...{ stepMillis: 500, waitMillis: 0 },
    });
  }
  assert.deepEqual(lines, ['a share is held out']);
  assert.deepEqual(rates, [24, 24]);
});
