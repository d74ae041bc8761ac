import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../experiments/config.js';
import { showRunEvent } from './experiment.js';
import type { ProgressFacts } from './progress.js';

test('an experiment shows a note that its runs share once, and counts the images of all batches of a step', () => {
  const config = parseConfig({
    name: 'row',
    data: { kind: 'rooms' },
    tasks: { depth: { kind: 'depth' } },
    train: { steps: 10, batch: 4, accumulate: 3 },
  });
  const lines: string[] = [];
  const rates: (number | undefined)[] = [];
  const progress = { update() {}, message: (line: string) => lines.push(line), close() {} };
  const shownNotes = new Set<string>();
  for (const title of ['one', 'two']) {
    const update = (_: number, facts: ProgressFacts) => rates.push(facts.imagesPerSecond);
    const view = { run: { config }, title, tasks: [], progress, update, shownNotes };
    showRunEvent({ type: 'note', step: 0, message: 'a share is held out' }, view);
    showRunEvent(
      {
        ...{ type: 'step', step: 1, losses: {}, weights: {}, total: 0, rate: 1 },
        ...{ stepMillis: 500, waitMillis: 0 },
      },
      view,
    );
  }
  assert.deepEqual(lines, ['a share is held out']);
  assert.deepEqual(rates, [24, 24]);
});
