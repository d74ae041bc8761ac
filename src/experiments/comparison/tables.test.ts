import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TaskValues } from '../../tasks/score.js';
import { renderTable } from '../table.js';
import { planRuns } from './plan.js';
import { type Results, readResults } from './results.js';
import { runExperiment, statesOf } from './runner.js';
import { pretend, single, small, temporaryFolder } from './small.test.fixture.js';
import { spreadOf, upperMedianOf } from './spread.js';
import { aheadOf, columnNotes, deltaSpread, experimentTable, metricSpread, metricsTable, verdict } from './tables.js';
import { writeResults } from './write.js';

/** mIoU and mean angle by run; the other metrics have no value. */
const NUMBERS: Readonly<Record<string, readonly [mIoU: number, degrees: number]>> = {
  'single-task-seed-1': [0.4, 20],
  'single-task-seed-2': [0.5, 25],
  'nddr-seed-1': [0.44, 18], // +10 %, +10 %
  'nddr-seed-2': [0.5, 24], // 0 %, +4 %
  'shared-a-b-seed-1': [0.36, 20], // -10 %, 0 %
  'shared-a-b-seed-2': [0.5, 20], // 0 %, +20 %
};

const valuesOf = (path: string): TaskValues => {
  const [mIoU, meanDegrees] = NUMBERS[path.slice(path.lastIndexOf('/') + 1)] ?? [0.1, 50];
  return { segmentation: { mIoU }, normals: { meanDegrees } };
};

async function resultsOf(t: TestContext, seeds: readonly number[] = [1, 2]): Promise<Results> {
  const experiment = small({
    about: 'Which is best?',
    rows: [
      { name: 'begin', shown: false, set: single },
      { name: 'single-task', start: 'begin', set: single },
      { name: 'shared, "a" & b', times: 2, set: { 'network.fusion': { kind: 'shared' } } },
      { name: 'NDDR', start: 'begin' },
    ],
  });
  const plan = await planRuns({ experiment, seeds, out: temporaryFolder(t) });
  for await (const _ of runExperiment(plan, await statesOf(plan), { train: pretend(valuesOf) }));
  return readResults(plan, await statesOf(plan));
}

const near = (found: number, expected: number) =>
  assert.ok(Math.abs(found - expected) < 1e-9, `${found}, expected ${expected}`);

test('mean, sample deviation and median are those of the textbook', () => {
  const { mean, deviation, count } = spreadOf([2, 4, 9, Number.NaN]);
  assert.deepEqual([mean, count], [5, 3]);
  near(deviation, Math.sqrt((9 + 1 + 16) / 2));
  assert.ok(Number.isNaN(spreadOf([3]).deviation));
  assert.ok(Number.isNaN(spreadOf([]).mean));
  assert.deepEqual([upperMedianOf([3, 1, 2]), upperMedianOf([])], [2, undefined]);
});

test('a metric is averaged over seeds; delta_m is taken seed by seed, and then averaged', async (t) => {
  const { rows } = await resultsOf(t);
  const [one, shared, nddr] = rows;
  assert.deepEqual(
    rows.map(({ row }) => row.name),
    ['single-task', 'shared, "a" & b', 'NDDR'],
  );
  near(metricSpread(nddr, 'segmentation', 'mIoU').mean, 0.47);
  near(metricSpread(nddr, 'segmentation', 'mIoU').deviation, 0.06 / Math.SQRT2);
  // Seed 1: (10 + 10) / 2, seed 2: (0 + 4) / 2. Of the means it would be (4.444 + 6.667) / 2.
  near(deltaSpread(nddr).mean, 6);
  near(deltaSpread(nddr).deviation, 8 / Math.SQRT2);
  near(deltaSpread(shared).mean, 2.5);
  assert.deepEqual(
    [aheadOf(nddr), aheadOf(shared), aheadOf(one)],
    [
      { ahead: 2, of: 2 },
      { ahead: 1, of: 2 },
      { ahead: 0, of: 0 },
    ],
  );
});

test('the table has means with deviations, the best marked, and what every row cost', async (t) => {
  const results = await resultsOf(t);
  const lines = renderTable(experimentTable(results)).split('\n');
  assert.match(lines[1], /row +mIoU % ↑ +mean ° ↓ +Δm % ↑ +ahead seeds +steps +parameters M ↓ +GFLOPs ↓ +step ms ↓/);
  const [one, shared, nddr] = lines.slice(3);
  assert.match(one, /^single-task +45\.0 ± 7\.1 +22\.50 ± 3\.54 +– +– +4 \+ 4 +0\.001\* +0\.\d+ +20\.0\*$/);
  assert.match(shared, /^shared, "a" & b +43\.0 ± 9\.9 +20\.00 ± 0\.00\* +\+2\.5 ± 10\.6 +1 of 2 +8 /);
  assert.match(nddr, /^NDDR +47\.0 ± 4\.2\* +21\.00 ± 4\.24 +\+6\.0 ± 5\.7\* +2 of 2 +4 \+ 4 /);
  const segmentation = renderTable(metricsTable(results, results.tasks[0]));
  assert.match(segmentation, /mIoU % ↑ +pixel accuracy % ↑/);
  assert.match(segmentation, /NDDR +47\.0 ± 4\.2\* +–/);
});

test('the verdict says who is ahead, and by more than the deviation or not', async (t) => {
  const results = await resultsOf(t);
  assert.deepEqual(verdict(results), [
    'Ahead of single-task by more than one deviation: NDDR +6.0 ± 5.7 % (ahead with 2 of 2).',
    'Within one deviation, or one seed only: shared, "a" & b +2.5 ± 10.6 % (ahead with 1 of 2).',
  ]);
  assert.match(columnNotes(results).join(' '), /over 2 seeds.*segmentation mIoU, normals meanDegrees.*24 x 24/);
  const [alone] = verdict(await resultsOf(t, [1]));
  assert.match(alone, /^Within one deviation, or one seed only: NDDR \+10\.0 % .*; shared, "a" & b −5\.0 %/);
});

test('arithmetic is counted for one image: NDDR takes more than single-task networks, the trunk less', async (t) => {
  const [one, shared, nddr] = (await resultsOf(t, [1])).rows.map(({ multiplyAdds }) => multiplyAdds);
  assert.ok(shared < one && one < nddr, `${shared} < ${one} < ${nddr}`);
});

/** Lines of a CSV file, read by the rules of RFC 4180. */
function parseCsv(text: string): string[][] {
  const lines: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    (lines.at(-1) as string[]).push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === '\n') lines.push([]);
  }
  return lines.slice(0, -1);
}

test('Markdown, CSV and the page hold every row', async (t) => {
  const results = await resultsOf(t);
  const files = await writeResults(results);
  const { out } = results.plan;
  assert.deepEqual(
    files,
    ['table.md', 'table.csv', 'runs.csv', 'report.html'].map((name) => join(out, name)),
  );
  const [markdown, table, runs, page] = files.map((path) => readFileSync(path, 'utf8'));

  assert.match(markdown, /^# Small & quick\n\nWhich is best\?/);
  assert.match(
    markdown,
    /\| NDDR \| \*\*47\.0 ± 4\.2\*\* \| 21\.00 ± 4\.24 \| \*\*\+6\.0 ± 5\.7\*\* \| 2 of 2 \| 4 \+ 4 \|/,
  );

  const [head, ...lines] = parseCsv(table);
  assert.ok(lines.every((line) => line.length === head.length));
  assert.deepEqual(
    lines.map(([name]) => name),
    ['single-task', 'shared, "a" & b', 'NDDR'],
  );
  const cell = (line: string[], column: string) => line[head.indexOf(column)];
  near(Number(cell(lines[2], 'delta_m % mean')), 6);
  assert.equal(cell(lines[2], 'segmentation.pixelAccuracy mean'), '', 'no value is an empty cell');
  assert.deepEqual(
    [cell(lines[1], 'steps before'), cell(lines[1], 'steps'), cell(lines[2], 'steps before')],
    ['0', '8', '4'],
  );
  assert.equal(cell(lines[0], 'parameters'), '1234');

  const [runHead, ...each] = parseCsv(runs);
  assert.equal(each.length, 6);
  const delta = runHead.indexOf('delta_m %');
  assert.deepEqual(
    each.map((line) => [line[0], line[1], line[delta] && Number(line[delta]).toFixed(3)]),
    [
      ['single-task', '1', ''],
      ['single-task', '2', ''],
      ['shared, "a" & b', '1', '-5.000'],
      ['shared, "a" & b', '2', '10.000'],
      ['NDDR', '1', '10.000'],
      ['NDDR', '2', '2.000'],
    ],
  );

  assert.match(page, /<h1>Small &amp; quick<\/h1>/);
  for (const name of ['single-task', 'shared, &quot;a&quot; &amp; b', 'NDDR'])
    assert.ok(page.split(name).length > 8, `${name} stands in tables, charts and legends`);
  assert.equal(page.split('<figure class="chart').length - 1, 5, 'delta_m, two losses and two metrics');
  assert.match(page, /<path class="band"/, 'the deviation is drawn');
  assert.doesNotMatch(page, /NaN|undefined|\[object/);
});

test('what is done so far is a table too, also where no seed of a row is done or the baseline is not', async (t) => {
  const plan = await planRuns({ experiment: small(), seeds: [1], out: temporaryFolder(t) });
  for await (const event of runExperiment(plan, await statesOf(plan), { train: pretend(valuesOf) }))
    if (event.type === 'run' && event.run.row.name === 'single-task') break;
  const results = await readResults(plan, await statesOf(plan));
  const lines = renderTable(experimentTable(results)).split('\n');
  assert.match(lines[3], /^NDDR +44\.0 +18\.00 +– +–/);
  assert.match(lines[4], /^single-task +– +– +– +– +4 \+ 4 +–/);
  assert.deepEqual(verdict(results), []);
  assert.match(columnNotes(results).join(' '), /over 0 to 1 of 1 seed;/);
  await writeResults(results);
});
