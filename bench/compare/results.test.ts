import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CaseResult, joined, type Results, ratioOf, yardstickOf } from './results.js';
import { renderDocument, showNumber } from './tables.js';

const kind = { name: 'step', title: 'Training step', values: [{ key: 'ms', title: 'time', unit: 'ms' }] };

/** A case with the times of the product and of its peers, round by round. */
const caseOf = (times: Readonly<Record<string, number[]>>): CaseResult => ({
  ...{ id: 'step/small', kind, title: 'small' },
  contenders: Object.entries(times).map(([who, rounds]) => ({
    ...{ who, command: who, yardstick: who.startsWith('PyTorch') },
    rounds: rounds.map((ms) => ({ ms, peak_rss_mib: 100 })),
  })),
});

const resultsOf = (...cases: CaseResult[]): Results => ({
  machine: { processors: 2, model: 'a processor', versions: 'Node 20', rounds: 1, date: '2026-01-01' },
  absent: [{ name: 'jax-js', reason: 'not installed', install: 'npm install --prefix bench/peers' }],
  cases,
});

test('the yardstick is the fastest PyTorch by its median, however fast others are', () => {
  const result = caseOf({ nddr: [10], 'PyTorch, first': [30, 8, 30], 'PyTorch, last': [20, 20, 90], other: [1] });
  assert.equal(yardstickOf(result)?.who, 'PyTorch, last');
  assert.equal(yardstickOf(caseOf({ nddr: [10], other: [1] })), undefined);
  assert.equal(ratioOf(caseOf({ nddr: [10] })), undefined);
});

test('the ratio is the median of the ratios of rounds: a machine that slows down does not move it', () => {
  assert.equal(ratioOf(caseOf({ nddr: [12, 24, 120], PyTorch: [10, 20, 100] })), 1.2);
});

test('joining adds cases and appends rounds', () => {
  const other = { ...caseOf({ nddr: [5] }), id: 'step/full' };
  const { cases, machine } = joined([
    resultsOf(caseOf({ nddr: [1], PyTorch: [2] })),
    resultsOf(other),
    resultsOf(caseOf({ nddr: [3], PyTorch: [4] })),
  ]);
  assert.deepEqual(
    cases.map(({ id, contenders }) => [id, ...contenders.map(({ rounds }) => rounds.map(({ ms }) => ms))]),
    [
      ['step/small', [1, 3], [2, 4]],
      ['step/full', [5]],
    ],
  );
  assert.equal(machine.rounds, 2);
});

test('the document shows times, ratio and memory, and names who is absent and how to get him', () => {
  const text = renderDocument(resultsOf(caseOf({ nddr: [123.4], 'PyTorch, last': [100] })));
  assert.match(text, /^\| small \| 123 \| 100 \| 1\.23 \| 100 \| 100 \|$/m);
  assert.match(text, /Absent: jax-js \(not installed\)\. To measure it too: npm install --prefix bench\/peers/);
});

test('a peer that failed is named, and no number stands for it', () => {
  const result = caseOf({ nddr: [10], PyTorch: [] });
  result.contenders[1].error = 'python3 bench.py: ended with 1 and no result.\nout of memory';
  const text = renderDocument(resultsOf(result));
  assert.match(text, /^\| small \| 10 \| failed \| 100 \|$/m);
  assert.match(text, /Failed: PyTorch in step\/small: out of memory/);
});

test('numbers are shown to three digits', () => {
  assert.deepEqual([1234.5, 12.34, 1.2, 10, 0, undefined].map(showNumber), ['1235', '12.3', '1.2', '10', '0', '–']);
});
