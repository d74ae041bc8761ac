import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReportRun, ReportTask } from './report-data.js';
import { overviewTable, renderMarkdown, renderTable, taskTable } from './table.js';

const seg: ReportTask = {
  name: 'seg',
  kind: 'segmentation',
  legend: [],
  metrics: [
    { name: 'mIoU', unit: '%', better: 'higher', main: true },
    { name: 'pixelAccuracy', unit: '%', better: 'higher' },
  ],
};
const normals: ReportTask = {
  name: 'normals',
  kind: 'normals',
  legend: [],
  metrics: [{ name: 'meanDegrees', unit: 'degrees', better: 'lower', main: true }],
};
const run = (name: string, mIoU: number, mean: number, deltaPercent?: number): ReportRun => ({
  name,
  values: { seg: { mIoU, pixelAccuracy: 0.7 }, normals: { meanDegrees: mean } },
  deltaPercent,
});
const runs = [run('single-task', 0.4, 20, 0), run('NDDR', 0.44, 21, 2.5)];

test('the overview has the main metric of each task and delta_m, aligned, the best starred', () => {
  assert.equal(
    renderTable(overviewTable([seg, normals], runs)),
    [
      '                  seg    normals',
      'run          mIoU % ↑   mean ° ↓   Δm % ↑',
      '──────────────────────────────────────────',
      'single-task      40.0      20.00*     0.0',
      'NDDR             44.0*     21.00     +2.5*',
    ].join('\n'),
  );
});

test('the same table in Markdown has the best bold and bars escaped', () => {
  assert.equal(
    renderMarkdown(overviewTable([seg, normals], [runs[0], { ...runs[1], name: 'a|b' }])),
    [
      '| run | seg mIoU % ↑ | normals mean ° ↓ | Δm % ↑ |',
      '| --- | ---: | ---: | ---: |',
      '| single-task | 40.0 | **20.00** | 0.0 |',
      '| a\\|b | **44.0** | 21.00 | **+2.5** |',
    ].join('\n'),
  );
});

test('a single run is compared with nothing, and has no delta_m column without delta_m', () => {
  const { columns, rows } = overviewTable([seg, normals], [run('NDDR', 0.44, 21)]);
  assert.deepEqual(
    columns.map(({ title }) => title),
    ['mIoU', 'mean'],
  );
  assert.deepEqual(rows, [
    {
      name: 'NDDR',
      cells: [
        { text: '44.0', best: false },
        { text: '21.00', best: false },
      ],
    },
  ]);
});

test('values that print alike are both best; missing ones and NaN are a dash and never best', () => {
  const close = [run('a', 0.44001, 20), run('b', 0.44004, Number.NaN), { name: 'c', values: {} }];
  const { rows } = overviewTable([seg, normals], close);
  assert.deepEqual(
    rows.map(({ cells }) => cells.map(({ text, best }) => `${text}${best ? '*' : ''}`)),
    [
      ['44.0*', '20.00'],
      ['44.0*', '–'],
      ['–', '–'],
    ],
  );
});

test('the table of a task has all its metrics', () => {
  const { columns } = taskTable(seg, runs);
  assert.deepEqual(
    columns.map(({ title, unit, group }) => [title, unit, group]),
    [
      ['mIoU', '%', ''],
      ['pixel accuracy', '%', ''],
    ],
  );
  assert.ok(!renderTable(taskTable(seg, runs)).startsWith(' '), 'no line of groups without groups');
});

test('delta_m is signed, and a negative one has a true minus', () => {
  const table = overviewTable([seg], [run('a', 0.4, 1, -3.25), run('b', 0.4, 1, -0.04)]);
  assert.deepEqual(
    table.rows.map(({ cells }) => cells[1].text),
    ['−3.3', '0.0'],
  );
});
