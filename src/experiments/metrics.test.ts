import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricSpec } from '../tasks/task.js';
import { metricChart, metricTitle, showMetric } from './metrics.js';

const metric = (name: string, unit: MetricSpec['unit']): MetricSpec => ({ name, unit, better: 'higher' });

test('names of metrics are told in words, without their unit', () => {
  const titles = [
    'mIoU',
    'pixelAccuracy',
    'meanDegrees',
    'rmseMetres',
    'logRmse',
    'within11.25',
    'delta1',
    'odsF',
    'ap',
  ];
  assert.deepEqual(titles.map(metricTitle), [
    'mIoU',
    'pixel accuracy',
    'mean',
    'rmse',
    'log rmse',
    'within 11.25',
    'delta 1',
    'ods F',
    'ap',
  ]);
});

test('shares are printed as per cent, other values with the decimals of their unit', () => {
  assert.equal(showMetric(metric('mIoU', '%'), 0.41234), '41.2');
  assert.equal(showMetric(metric('meanDegrees', 'degrees'), 15.405), '15.40');
  assert.equal(showMetric(metric('rmseMetres', 'metres'), 0.6), '0.600');
  assert.equal(showMetric(metric('absRel', 'ratio'), Number.POSITIVE_INFINITY), '–');
  assert.equal(showMetric(metric('absRel', 'ratio'), undefined), '–');
});

test('a chart of shares is in per cent', () => {
  const mIoU = metric('mIoU', '%');
  const task = { name: 'seg', kind: 'segmentation', legend: [], metrics: [mIoU] };
  assert.deepEqual(metricChart(task, mIoU, [{ name: 'NDDR', points: [[100, 0.25]] }]), {
    title: 'seg: mIoU',
    unit: '%',
    lines: [{ name: 'NDDR', points: [[100, 25]] }],
  });
});
