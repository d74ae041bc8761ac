import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../random.js';
import { averagePrecision } from './average-precision.js';
import { createTask, type TaskConfig } from './index.js';
import type { Raster } from './raster.js';
import { UNKNOWN_NUMBER } from './regression.js';
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

test('an unlabelled pixel does not count, whether it has an answer or none', () => {
  const meter = meterOf(three);
  meter.add(row(3, [0.6, 0.6, NaN, 0.2, 0.2, NaN, 0.2, 0.2, NaN]), row(1, [0, 255, 255], true));
  assertClose(meter.values(), { mIoU: 1, pixelAccuracy: 1 });
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

test('an answer that points the opposite way is 180 degrees off', () => {
  const meter = meterOf({ kind: 'normals' });
  meter.add(row(3, [0, 0, -2]), row(3, [0, 0, 1]));
  const { meanDegrees, medianDegrees } = meter.values();
  assert.equal(meanDegrees, 180);
  assert.ok(Math.abs(medianDegrees - 180) <= 0.0051);
});

test('with encoding rgb, angles are those between colours', () => {
  const meter = meterOf({ kind: 'normals', encoding: 'rgb' });
  // z has the colour (1, 1, 2), x has (2, 1, 1): cos = 5/6. The second pixel is unlabelled.
  meter.add(row(3, [1, 1, 0, 0, 0, 0]), row(3, [0, 0, 0, 0, 1, 0]));
  assert.ok(Math.abs(meter.values().meanDegrees - (Math.acos(5 / 6) * 180) / Math.PI) < 1e-4);
});

test('depths below a metre count as others do', () => {
  const meter = meterOf({ kind: 'depth' });
  meter.add(row(1, [0.75, 0.25]), row(1, [0.5, 0.25]));
  // Errors 0.25 and 0; ratio 1.5.
  const { rmseMetres, absRel, delta1, delta2 } = meter.values();
  assert.deepEqual([rmseMetres, absRel, delta1, delta2], [Math.sqrt(0.0625 / 2), 0.25, 0.5, 1]);
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

const one = (data: readonly number[], labels = false): Raster => ({
  channels: data.length,
  height: 1,
  width: 1,
  data: labels ? Uint8Array.from(data) : Float32Array.from(data),
});

test('maxF and maxJaccard are the best over thresholds of means over images', () => {
  const meter = meterOf({ kind: 'saliency' });
  // Image 1: two of four pixels are salient. Image 2: one of two; a third is unlabelled.
  meter.add(row(1, [0.95, 0.5, 0.6, 0.1]), row(1, [1, 1, 0, 0], true));
  meter.add(row(1, [0.7, 0.3, 0.99]), row(1, [1, 0, 255], true));
  // t in 0.2 .. 0.25: image 1 answers 3, 2 right: P 2/3, R 1, J 2/3. Image 2 answers 2, 1 right: P 1/2, R 1, J 1/2.
  //   P 7/12, R 1, J 7/12: F = 1.3 (7/12) / (0.3 7/12 + 1) = 0.6454
  // t in 0.3 .. 0.45: image 2 answers 1, 1 right (0.3 is not above 0.3): P 1, R 1, J 1.
  //   P 5/6, R 1, J 5/6: F = 1.3 (5/6) / (0.25 + 1) = 0.8667
  // t in 0.5 .. 0.55: image 1 answers 2, 1 right: P 1/2, R 1/2, J 1/3. P 3/4, R 3/4, J 2/3: F = 0.75
  // t in 0.6 .. 0.65: image 1 answers 1, 1 right: P 1, R 1/2, J 1/2. P 1, R 3/4, J 3/4: F = 1.3 0.75 / 1.05 = 0.9286
  // t in 0.7 .. 0.9: image 2 answers none: P 0, R 0, J 0. P 1/2, R 1/4, J 1/4: F = 1.3 / 8 / 0.4 = 0.4063
  assertClose(meter.values(), { maxF: 0.975 / 1.05, maxJaccard: 5 / 6 });
});

test('the highest threshold of saliency is 0.9', () => {
  const meter = meterOf({ kind: 'saliency' });
  // Above 0.95 there would be no false answer. At 0.9: P 1/2, R 1, F = 1.3 / 2 / (0.15 + 1), J 1/2.
  meter.add(row(1, [0.97, 0.93]), row(1, [1, 0], true));
  assertClose(meter.values(), { maxF: 0.65 / 1.15, maxJaccard: 1 / 2 });
});

test('an image where nothing is salient counts as agreed only when nothing is answered', () => {
  const meter = meterOf({ kind: 'saliency' });
  meter.add(row(1, [0.1, 0.4]), row(1, [0, 0], true));
  // From t = 0.4 on nothing is answered: J 1, but precision and recall are 0.
  assertClose(meter.values(), { maxF: 0, maxJaccard: 1 });
});

test('maxF and maxJaccard agree with counting pixel by pixel', () => {
  const random = new Random('saliency');
  const meter = meterOf({ kind: 'saliency' });
  const images = Array.from({ length: 7 }, () => ({
    // float32, since a meter sees answers so: 0.3 in float32 is above 0.3.
    answer: Array.from({ length: 50 }, () => Math.fround(random.integer(41) / 40)),
    label: Array.from({ length: 50 }, () => [0, 0, 1, 255][random.integer(4)]),
  }));
  for (const { answer, label } of images) meter.add(row(1, answer), row(1, label, true));
  let [maxF, maxJaccard] = [0, 0];
  for (let k = 0; k < 15; k++) {
    const t = (20 + 5 * k) / 100;
    let [p, r, j] = [0, 0, 0];
    for (const { answer, label } of images) {
      const count = (fits: (x: number, y: number) => boolean) => answer.filter((x, i) => fits(x, label[i])).length;
      const hits = count((x, y) => x > t && y === 1);
      p +=
        hits /
        Math.max(
          1,
          count((x, y) => x > t && y !== 255),
        ) /
        images.length;
      r += hits / count((_, y) => y === 1) / images.length;
      j += hits / count((x, y) => (x > t && y !== 255) || y === 1) / images.length;
    }
    maxF = Math.max(maxF, (1.3 * p * r) / (0.3 * p + r));
    maxJaccard = Math.max(maxJaccard, j);
  }
  assertClose(meter.values(), { maxF, maxJaccard }, 1e-9);
});

test('parts are judged as class maps are, the background with them', () => {
  const meter = meterOf({ ...three, kind: 'parts' });
  meter.add(leading([0, 1, 1, 1, 0]), row(1, [0, 0, 1, 1, 255], true));
  assertClose(meter.values(), { mIoU: (1 / 2 + 2 / 3) / 2, pixelAccuracy: 0.75 });
});

test('accuracies of a classification: first, among five, and the mean of the classes', () => {
  const classes = ['a', 'b', 'c', 'd', 'e', 'f', 'never'];
  const meter = meterOf({ kind: 'classification', classes });
  const scores = [0.3, 0.2, 0.15, 0.1, 0.1, 0.08, 0.07];
  // Ranks of the true classes: a 1st, a 1st, b 2nd, e 5th (d has as much and comes first), f 6th; one without a label.
  for (const truth of [0, 0, 1, 4, 5, 65535]) meter.add(one(scores), one([truth]));
  // Recalls: a 2/2, b 0, e 0, f 0; c, d and the last never occur.
  assertClose(meter.values(), { top1: 2 / 5, top5: 4 / 5, balancedAccuracy: 1 / 4 });
  const { a, b, c } = meter.perClass?.() ?? {};
  assert.deepEqual([a, b, c], [1, 0, Number.NaN]);
});

test('of five classes or fewer nobody is told whether the true one is among five', () => {
  for (const [count, names] of [
    [5, ['top1', 'balancedAccuracy']],
    [6, ['top1', 'top5', 'balancedAccuracy']],
  ] as const) {
    const classes = ['a', 'b', 'c', 'd', 'e', 'f'].slice(0, count);
    const task = createTask('scene', { kind: 'classification', classes });
    const meter = task.meter();
    meter.add(one(classes.map((_, c) => 0.1 + 0.01 * c)), one([0]));
    assert.deepEqual(
      task.metrics.map(({ name }) => name),
      names,
    );
    assert.deepEqual(Object.keys(meter.values()), names);
  }
});

test('average precision is the area of steps under the curve, and unknown labels do not count', () => {
  const meter = meterOf({ kind: 'multilabel', classes: ['cat', 'dog', 'never'] });
  // cat, by score: 0.9 yes, 0.8 no, 0.7 yes, 0.6 no. AP = 1/2 (1/1) + 1/2 (2/3) = 5/6.
  // dog: 0.9 no, then 0.5 yes and no at once, 0.1 unknown. AP = 1 (1/3).
  const rows: [number[], number[]][] = [
    [
      [0.8, 0.5, 0.1],
      [0, 1, 0],
    ],
    [
      [0.9, 0.9, 0.2],
      [1, 0, 0],
    ],
    [
      [0.6, 0.1, 0.3],
      [0, 255, 0],
    ],
    [
      [0.7, 0.5, 0.4],
      [1, 0, 255],
    ],
  ];
  for (const [answer, label] of rows) meter.add(one(answer), one(label, true));
  assertClose(meter.values(), { mAP: (5 / 6 + 1 / 3) / 2 });
  const { cat, dog, never } = meter.perClass?.() ?? {};
  assert.ok(Math.abs(cat - 5 / 6) < 1e-9 && Math.abs(dog - 1 / 3) < 1e-9);
  assert.ok(Number.isNaN(never));
});

test('average precision is that of scikit-learn in the examples of its documentation', () => {
  // average_precision_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) is printed as 0.83:
  // 0.8 yes (recall 1/2, precision 1), 0.4 no, 0.35 yes (recall 1, precision 2/3): 1/2 + 1/3 = 5/6.
  const truths = (...list: number[]) => list.map((truth) => truth === 1);
  near(averagePrecision([0.1, 0.4, 0.35, 0.8], truths(0, 0, 1, 1)), 5 / 6);
  // The second example has three classes, two samples each, and their mean is printed as 0.77:
  // 0.7 yes, then 0.4 yes and no at once: 1/2 + 1/2 * 2/3.
  near(averagePrecision([0.7, 0.4, 0.1, 0.2, 0.4, 0.1], truths(1, 1, 0, 0, 0, 0)), 5 / 6);
  // 0.8 yes, 0.4 no, then 0.3 yes and no at once: 1/2 + 1/2 * 2/4.
  near(averagePrecision([0.2, 0.3, 0.8, 0.3, 0.4, 0.2], truths(0, 0, 1, 1, 0, 0)), 3 / 4);
  // 0.7 yes, 0.5 no, 0.3 no, 0.2 yes: 1/2 + 1/2 * 2/4. The mean of the three is 7/9.
  near(averagePrecision([0.1, 0.3, 0.1, 0.5, 0.2, 0.7], truths(0, 0, 0, 0, 1, 1)), 3 / 4);
  assert.ok(Number.isNaN(averagePrecision([0.5], [false])));
});

const near = (found: number, expected: number) =>
  assert.ok(Math.abs(found - expected) < 1e-9, `${found}, expected ${expected}`);

test('errors of numbers are pooled over the known ones', () => {
  const meter = meterOf({ kind: 'regression', names: ['age', 'size'], unit: 'units' });
  meter.add(one([31, 5]), one([30, 1]));
  meter.add(one([20, 7]), one([23, UNKNOWN_NUMBER]));
  meter.add(one([50, 2]), one([40, 2]));
  // Errors: age 1, 3, 10; size 4, 0. Sorted: 0, 1, 3, 4, 10.
  assertClose(meter.values(), { mae: 18 / 5, medianError: 3 });
  assert.deepEqual(meter.perClass?.(), { age: 14 / 3, size: 2 });
  meter.add(one([1, 0]), one([3, UNKNOWN_NUMBER]));
  // 0, 1, 2, 3, 4, 10: between 2 and 3.
  assert.equal(meter.values().medianError, 2.5);
});
