import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from 'fast-png';
import { renderReport } from './report.js';
import type { ReportData } from './report-data.js';
import { STYLE } from './report-style.js';

const png = encode({ width: 3, height: 2, data: new Uint8Array(18).fill(200), channels: 3 });

const data: ReportData = {
  title: 'Rooms & <script>alert(1)</script>',
  summary: 'One network, "two" questions.',
  facts: [{ label: 'Backbone', value: 'vgg16' }],
  tasks: [
    {
      name: 'seg',
      kind: 'segmentation',
      metrics: [{ name: 'mIoU', unit: '%', better: 'higher', main: true }],
      legend: [{ label: 'wall', colour: [10, 20, 30] }],
    },
    {
      name: 'depth',
      kind: 'depth',
      metrics: [{ name: 'rmseMetres', unit: 'metres', better: 'lower', main: true }],
      legend: [],
    },
  ],
  runs: [
    {
      name: 'single-task',
      values: { seg: { mIoU: 0.4 }, depth: { rmseMetres: 0.5 } },
      deltaPercent: 0,
      baseline: true,
    },
    { name: 'NDDR', values: { seg: { mIoU: 0.45 }, depth: { rmseMetres: 0.55 } }, deltaPercent: 1.25 },
  ],
  charts: [
    {
      title: 'Loss',
      scale: 'log',
      lines: [
        {
          name: 'single-task',
          points: [
            [1, 3],
            [2, 2],
          ],
        },
        {
          name: 'NDDR',
          points: [
            [1, 3],
            [2, 1],
          ],
        },
      ],
    },
  ],
  samples: [
    {
      id: 'test-1',
      image: png,
      tasks: {
        seg: { truth: png, predictions: { 'single-task': png, NDDR: png } },
        depth: { predictions: { NDDR: png } },
      },
    },
  ],
  settings: { train: { steps: 2, note: '</pre>' } },
};

const VOID = new Set(['meta', 'img', 'br', '!doctype']);

/** Names the first tag that is not closed in its place. */
function unbalanced(page: string): string | undefined {
  const open: string[] = [];
  for (const [, close, name, empty] of page
    .replace(/<style>[\s\S]*<\/style>/, '')
    .matchAll(/<(\/?)([a-z!][a-z0-9]*)[^>]*?(\/?)>/g)) {
    if (VOID.has(name) || empty === '/') continue;
    if (close === '') open.push(name);
    else if (open.pop() !== name) return name;
  }
  return open.pop();
}

test('the page is well formed, needs nothing from elsewhere and runs nothing', () => {
  const page = renderReport(data);
  assert.equal(unbalanced(page), undefined);
  assert.doesNotMatch(page, /https?:|<script|<link|@import|url\(|undefined|NaN|\[object/);
  assert.match(page, /^<!doctype html>\n<html lang="en">/);
});

test('what comes from users is escaped', () => {
  const page = renderReport(data);
  assert.match(page, /<title>Rooms &amp; &lt;script&gt;alert\(1\)&lt;\/script&gt;<\/title>/);
  assert.match(page, /&quot;note&quot;: &quot;&lt;\/pre&gt;&quot;/);
});

test('the best values are strong, and delta_m is explained', () => {
  const page = renderReport(data);
  const rows = [...page.matchAll(/<tr><th scope="row">(single-task|NDDR)<\/th>(.*?)<\/tr>/g)].map(([, name, cells]) => [
    name,
    cells,
  ]);
  assert.deepEqual(rows.slice(0, 2), [
    ['single-task', '<td>40.0</td><td><strong>0.500</strong></td><td>0.0</td>'],
    ['NDDR', '<td><strong>45.0</strong></td><td>0.550</td><td><strong>+1.3</strong></td>'],
  ]);
  assert.match(page, /mean change of seg mIoU, depth rmse against single-task/);
});

test('pictures are inside the page, to the byte, with their size and a description', () => {
  const images = [
    ...renderReport(data).matchAll(/<img src="data:image\/png;base64,([^"]*)" width="3" height="2" alt="([^"]*)">/g),
  ];
  assert.deepEqual(
    images.map(([, , alt]) => alt),
    [
      'test-1: image',
      'test-1: seg, truth',
      'test-1: seg, predicted by single-task',
      'test-1: seg, predicted by NDDR',
      'test-1: depth, predicted by NDDR',
    ],
  );
  for (const [, base64] of images) assert.deepEqual(new Uint8Array(Buffer.from(base64, 'base64')), png);
  assert.match(renderReport(data), /not labelled/);
});

test('large pictures are written right', () => {
  const noise = Uint8Array.from({ length: 100 * 100 * 3 }, (_, i) => (i * 7919) >> 3);
  const large = encode({ width: 100, height: 100, data: noise, channels: 3 }, { zlib: { level: 0 } });
  const page = renderReport({ ...data, samples: [{ id: 'x', image: large, tasks: {} }] });
  const base64 = /base64,([^"]*)" width="100"/.exec(page)?.[1] ?? '';
  assert.deepEqual(new Uint8Array(Buffer.from(base64, 'base64')), large);
});

test('parts without entries are left out', () => {
  const page = renderReport({ ...data, facts: [], runs: [], charts: [], samples: [] });
  assert.equal(unbalanced(page), undefined);
  assert.doesNotMatch(page, /<dl|Results|Curves|<img/);
});

test('a curve of one point is not drawn, the tables have it', () => {
  const mIoU = { title: 'mIoU', lines: [{ name: 'NDDR', points: [[2, 0.45] as const] }] };
  assert.doesNotMatch(renderReport({ ...data, charts: [mIoU] }), /Curves/);
  const page = renderReport({ ...data, charts: [...data.charts, mIoU] });
  assert.equal([...page.matchAll(/<figure class="chart"/g)].length, 1);
});

/** Contrast of two colours (WCAG 2.2, relative luminance). */
function contrast(a: string, b: string): number {
  const luminance = (colour: string) => {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

test('text and lines have enough contrast in light and in dark', () => {
  const themes = [...STYLE.matchAll(/:root \{\s*color-scheme: (\w+);([^}]*)\}/g)];
  assert.deepEqual(
    themes.map(([, name]) => name),
    ['light', 'dark'],
  );
  for (const [, theme, block] of themes) {
    const colours = Object.fromEntries(
      [...block.matchAll(/--([\w-]+): (#\w{6})/g)].map(([, name, colour]) => [name, colour]),
    );
    const pairs = [
      ...['page', 'card'].flatMap((back) => ['ink', 'soft'].map((name) => [name, back, 4.5] as const)),
      ['good', 'good-back', 4.5] as const,
      ...[0, 1, 2, 3, 4, 5].map((n) => [`line-${n}`, 'card', 3] as const),
    ];
    for (const [ink, back, least] of pairs) {
      const found = contrast(colours[ink], colours[back]);
      assert.ok(found >= least, `${theme}: ${ink} on ${back} has ${found.toFixed(2)}, at least ${least} is wanted`);
    }
  }
});
