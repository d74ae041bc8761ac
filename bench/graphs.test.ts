import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { countGraphs, GRAPHS_FILE, movedCounts } from './graphs.js';

test('the compiled graphs have the nodes that were recorded', () => {
  const moved = movedCounts(JSON.parse(readFileSync(GRAPHS_FILE, 'utf8')), countGraphs());
  assert.ok(
    moved.length === 0,
    `nodes of compiled graphs (recorded -> found):\n  ${moved.join('\n  ')}\n` +
      'If they were meant to move, record them anew and say so in the commit: npm run bench -- record',
  );
});

test('a moved, a new and a missing count are each told', () => {
  const recorded = { step: { nodes: 10, Conv: 2, Mul: 1 }, gone: { nodes: 1 } };
  assert.deepEqual(movedCounts(recorded, { step: { nodes: 11, Conv: 2, Add: 3 } }), [
    'step: nodes 10 -> 11',
    'step: Mul 1 -> (few)',
    'step: Add (few) -> 3',
    'gone: nodes 1 -> (few)',
  ]);
  assert.deepEqual(movedCounts(recorded, recorded), []);
});
