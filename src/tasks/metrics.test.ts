import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTask, type TaskConfig } from './index.js';
import type { Raster } from './raster.js';
import type { Meter } from './task.js';

const meterOf = (config: TaskConfig): Meter => createTask('t', config).meter();

const row = (channels: number, data: readonly number[], labels = false): Raster => ({
  channels,
  height: 1,
  width: data.length / channels,
  data: labels ? Uint8Array.from(data) : Float32Array.from(data),
});

function assertClose(values: Record<string, number>, expected: Record<string, number>, tolerance = 1e-6): void {
  assert.deepEqual(Object.keys(values), Object.keys(expected));
  for (const [name, value] of Object.entries(values)) {
    assert.ok(Math.abs(value - expected[name]) <= tolerance, `${name}: ${value}, expected ${expected[name]}`);
  }
}

/** Probabilities of three classes, planar, in which the given class leads at each pixel. */
const leading = (classes: readonly number[]): Raster =>
  row(
    3,
    [0, 1, 2].flatMap((c) => classes.map((v) => (v === c ? 0.6 : 0.2))),
  );
const three = { kind: 'segmentation', classes: ['sky', 'road', 'car'] };

test('mIoU and pixel accuracy come from one confusion matrix over all images', () => {
  const meter = meterOf(three);
  // truth 0 0 1 1 -, answers 0 1 1 1 0; then truth 0, answer 0. Class 2 never occurs and does not count.
  meter.add(leading([0, 1, 1, 1, 0]), row(1, [0, 0, 1, 1, 255], true));
  meter.add(leading([0]), row(1, [0], true));
  // sky: 2 hits, truth 3, answers 2: 2/3. road: 2 hits, truth 2, answers 3: 2/3. 4 of 5 pixels right.
  assertClose(meter.values(), { mIoU: 2 / 3, pixelAccuracy: 0.8 });
  assert.deepEqual(meter.perClass?.(), { sky: 2 / 3, road: 2 / 3, car: Number.NaN });
});

test('a class that only answers hold counts as IoU 0', () => {
  const meter = meterOf(three);
  meter.add(leading([0, 2]), row(1, [0, 0], true));
  assertClose(meter.values(), { mIoU: (1 / 2 + 0) / 2, pixelAccuracy: 0.5 });
});

/** Vectors in the plane of x and z at the given angles from z, planar. */
const atDegrees = (angles: readonly number[]): Raster =>
  row(3, [
    ...angles.map((a) => Math.sin((a * Math.PI) / 180)),
    ...angles.map(() => 0),
    ...angles.map((a) => Math.cos((a * Math.PI) / 180)),
  ]);

test('angles of normals are pooled over all pixels of all images', () => {
  const meter = meterOf({ kind: 'normals' });
  meter.add(atDegrees([10, 20, 26]), atDegrees([0, 0, 0]));
  meter.add(atDegrees([40, 104]), atDegrees([0, 0]));
  assertClose(
    meter.values(),
    {
      meanDegrees: 40,
      medianDegrees: 26,
      rmseDegrees: Math.sqrt((100 + 400 + 676 + 1600 + 10816) / 5),
      'within11.25': 0.2,
      'within22.5': 0.4,
      within30: 0.6,
    },
    0.0051,
  );
});

test('pixels without a normal do not count, and an answer of no direction is 90 degrees off', () => {
  const meter = meterOf({ kind: 'normals' });
  // Three pixels, truths z, none and z; answers z, x and none.
  meter.add(row(3, [0, 1, 0, 0, 0, 0, 1, 0, 0]), row(3, [0, 0, 0, 0, 0, 0, 1, 0, 1]));
  const { meanDegrees, rmseDegrees, within30 } = meter.values();
  assert.deepEqual([meanDegrees, within30], [45, 0.5]);
  assert.ok(Math.abs(rmseDegrees - Math.sqrt(90 ** 2 / 2)) < 1e-9);
});

test('the median is right to 0.005 degrees on many angles', () => {
  const meter = meterOf({ kind: 'normals' });
  const angles = Array.from({ length: 1001 }, (_, i) => (i * 397) % 1001).map((i) => (i / 1000) ** 2 * 180);
  meter.add(atDegrees(angles), atDegrees(angles.map(() => 0)));
  assert.ok(Math.abs(meter.values().medianDegrees - 45) <= 0.0051);
});

test('with encoding rgb, angles are those between colours', () => {
  const meter = meterOf({ kind: 'normals', encoding: 'rgb' });
  // z has the colour (1, 1, 2), x has (2, 1, 1): cos = 5/6. The second pixel is unlabelled.
  meter.add(row(3, [1, 1, 0, 0, 0, 0]), row(3, [0, 0, 0, 0, 1, 0]));
  assert.ok(Math.abs(meter.values().meanDegrees - (Math.acos(5 / 6) * 180) / Math.PI) < 1e-4);
});

test('errors of depth are pooled over labelled pixels', () => {
  const meter = meterOf({ kind: 'depth' });
  meter.add(row(1, [1, 2, 7]), row(1, [2, 2, 0]));
  meter.add(row(1, [6, 5]), row(1, [4, 4]));
  // Errors -1, 0, 2, 1; ratios 2, 1, 1.5, 1.25 (not below 1.25).
  assertClose(meter.values(), {
    rmseMetres: Math.sqrt(6 / 4),
    logRmse: Math.sqrt((Math.log(2) ** 2 + Math.log(1.5) ** 2 + Math.log(1.25) ** 2) / 4),
    absRel: (0.5 + 0 + 0.5 + 0.25) / 4,
    delta1: 0.25,
    delta2: 0.75, // 1.5 < 1.5625
    delta3: 0.75, // 2 > 1.953125
  });
});

test('where nothing was labelled, every metric is NaN', () => {
  const cases: [TaskConfig, Raster, Raster][] = [
    [three, leading([1, 2]), row(1, [255, 255], true)],
    [{ kind: 'normals' }, row(3, [0, 0, 1]), row(3, [0, 0, 0])],
    [{ kind: 'depth' }, row(1, [3]), row(1, [0])],
    [{ kind: 'boundaries' }, row(1, [0.7, 0.1]), row(1, [255, 255], true)],
  ];
  for (const [config, answer, label] of cases) {
    const meter = meterOf(config);
    meter.add(answer, label);
    for (const [name, value] of Object.entries(meter.values())) assert.ok(Number.isNaN(value), `${name}: ${value}`);
  }
});

test('every task gives exactly the metrics that it lists, one of them main', () => {
  for (const config of [three, { kind: 'normals' }, { kind: 'depth' }, { kind: 'boundaries' }]) {
    const task = createTask('t', config);
    assert.deepEqual(
      Object.keys(task.meter().values()),
      task.metrics.map(({ name }) => name),
    );
    assert.equal(task.metrics.filter(({ main }) => main).length, 1);
  }
});
