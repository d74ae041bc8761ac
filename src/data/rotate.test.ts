import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../random.js';
import { createTask } from '../tasks/index.js';
import type { LabelSpec } from '../tasks/task.js';
import { cropImage, cropLabel, drawWindow } from './augment.js';
import { publishedAugment } from './augment.test.fixture.js';
import { rgb } from './folder.test.fixture.js';
import type { CropWindow } from './window.js';

const turned = (width: number, height: number, degrees: number): CropWindow => ({
  size: { height, width },
  factor: 1,
  scaled: { height, width },
  mirrored: false,
  top: 0,
  left: 0,
  angle: (degrees * Math.PI) / 180,
});
const classes: LabelSpec = { dtype: 'uint8', channels: 1, unlabelled: 255 };

function turnMap(spec: LabelSpec, data: readonly number[], window: CropWindow): number[] {
  const { height, width } = window.scaled;
  const out = new Float32Array(spec.channels * window.size.height * window.size.width).fill(Number.NaN);
  cropLabel({ channels: spec.channels, height, width, data: Float32Array.from(data) }, spec, window, out);
  return [...out];
}

// 1 2 3 / 4 5 6 / 7 8 9, a quarter to the left: the right column comes to the top.
const SQUARE = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const QUARTER = [3, 6, 9, 2, 5, 8, 1, 4, 7];

test('a square turned by 90 degrees counter-clockwise has its right column on top, image and map alike', () => {
  assert.deepEqual(turnMap(classes, SQUARE, turned(3, 3, 90)), QUARTER);
  assert.deepEqual(turnMap(classes, SQUARE, turned(3, 3, -90)), [7, 4, 1, 8, 5, 2, 9, 6, 3]);
  assert.deepEqual(turnMap(classes, SQUARE, turned(3, 3, 180)), [9, 8, 7, 6, 5, 4, 3, 2, 1]);
  // Mirrored rows are 3 2 1, 6 5 4, 9 8 7; then turned.
  assert.deepEqual(turnMap(classes, SQUARE, { ...turned(3, 3, 90), mirrored: true }), [1, 4, 7, 2, 5, 8, 3, 6, 9]);
  const out = new Float32Array(27);
  cropImage(
    rgb(3, 3, (x, y) => [SQUARE[3 * y + x], 0, 0]),
    turned(3, 3, 90),
    [0, 0, 0],
    out,
  );
  for (const [i, value] of QUARTER.entries()) assert.ok(Math.abs(out[i] - value) < 1e-5, `${out.slice(0, 9)}`);
});

test('what a turned image does not reach is padding: the mean, and no label', () => {
  // A square of 5 turned by 45 degrees reaches (5 / 2) sqrt 2 along the axes, but no corner of the window.
  const found = turnMap(classes, new Array(25).fill(7), turned(5, 5, 45));
  assert.deepEqual(found.slice(0, 5), [255, 7, 7, 7, 255]);
  assert.equal(found[12], 7);
  const out = new Float32Array(75);
  cropImage(
    rgb(5, 5, () => [7, 7, 7]),
    turned(5, 5, 45),
    [100, 101, 102],
    out,
  );
  assert.deepEqual([out[0], out[25], out[50], out[12]], [100, 101, 102, 7]);
});

test('a turn of nearly nothing is the upright window, wherever it lies and however it is scaled and mirrored', () => {
  const random = new Random('turn');
  const image = rgb(23, 17, () => [random.integer(256), random.integer(256), random.integer(256)]);
  const values = Array.from({ length: 23 * 17 }, () => random.integer(200));
  for (let i = 0; i < 40; i++) {
    const upright = drawWindow(image, { height: 13, width: 15 }, publishedAugment, random);
    const tilted = { ...upright, angle: 1e-9 };
    const [a, b] = [upright, tilted].map((window) => {
      const out = new Float32Array(3 * 195);
      cropImage(image, window, [1000, 2000, 3000], out);
      return out;
    });
    for (let at = 0; at < a.length; at++) assert.ok(Math.abs(a[at] - b[at]) < 1e-2, `${a[at]} and ${b[at]}`);
    const [p, q] = [upright, tilted].map((window) => {
      const out = new Float32Array(195);
      const map = { channels: 1, height: 17, width: 23, data: Float32Array.from(values) };
      cropLabel(map, classes, window, out);
      return out;
    });
    // Where a centre falls between two pixels, either is nearest.
    assert.ok(p.filter((value, at) => value !== q[at]).length <= 26, `${p.filter((v, at) => v !== q[at]).length}`);
  }
});

test('normals turn with the image, depth does not', () => {
  const normals = createTask('t', { kind: 'normals' }).label;
  // All face right; a quarter to the left and they face up. A third of a turn: (-1/2, sqrt 3 / 2).
  const right = [...new Array(9).fill(1), ...new Array(18).fill(0)];
  const up = turnMap(normals, right, turned(3, 3, 90));
  for (const [at, value] of [0, 1, 0].entries()) assert.ok(Math.abs(up[9 * at + 4] - value) < 1e-6);
  const third = turnMap(normals, right, turned(3, 3, 120));
  for (const [at, value] of [-0.5, Math.sqrt(3) / 2, 0].entries())
    assert.ok(Math.abs(third[9 * at + 4] - value) < 1e-6);
  const depth = createTask('t', { kind: 'depth' }).label;
  assert.deepEqual(turnMap(depth, SQUARE, turned(3, 3, 90)), QUARTER);
});

test('lines of boundaries stay whole and thin, whatever the angle', () => {
  const { label } = createTask('t', { kind: 'boundaries' });
  const size = 41;
  // A straight line, a diagonal and a circle.
  const shapes: readonly ((x: number, y: number) => boolean)[] = [
    (x) => x === 20,
    (x, y) => x === y,
    (x, y) => Math.abs(Math.hypot(x - 20, y - 20) - 15) < 0.5,
  ];
  for (const shape of shapes) {
    const data = Array.from(
      { length: size * size },
      (_, at) => (shape(at % size, Math.floor(at / size)) ? 1 : 0) as number,
    );
    const before = data.reduce((sum, value) => sum + value, 0);
    for (const degrees of [-20, -7, 3, 10, 15, 33, 45]) {
      const found = turnMap(label, data, { ...turned(size, size, degrees) });
      const set = new Set(found.flatMap((value, at) => (value === 1 ? [at] : [])));
      // One piece: what is reached from any pixel of it by steps to the eight neighbours is all.
      const [start] = set;
      const reached = new Set([start]);
      for (const at of reached)
        for (const dy of [-1, 0, 1])
          for (const dx of [-1, 0, 1]) {
            const next = at + dy * size + dx;
            if (set.has(next) && Math.abs((next % size) - (at % size)) <= 1) reached.add(next);
          }
      assert.equal(reached.size, set.size, `${degrees} degrees: ${reached.size} of ${set.size} hang together`);
      // A line that a turn of 45 degrees makes a diagonal has up to sqrt 2 times the pixels, or as many less.
      const share = set.size / before;
      assert.ok(share > 0.65 && share < 1.5, `${degrees} degrees: ${before} pixels, then ${set.size}`);
    }
  }
});

test('angles are drawn evenly to both sides, and leave the windows as they were', () => {
  const image = { height: 40, width: 60 };
  const size = { height: 30, width: 50 };
  const draw = (rotate: number) =>
    Array.from({ length: 500 }, (_, i) => drawWindow(image, size, { ...publishedAugment, rotate }, new Random(i)));
  const [plain, tilted] = [draw(0), draw(10)];
  assert.ok(plain.every((window) => !('angle' in window)));
  assert.deepEqual(
    tilted.map(({ angle: _, ...window }) => window),
    plain,
  );
  const degrees = tilted.map(({ angle = 0 }) => (angle * 180) / Math.PI);
  assert.ok(Math.min(...degrees) < -9.5 && Math.max(...degrees) > 9.5);
  assert.ok(Math.min(...degrees) > -10 && Math.max(...degrees) < 10);
});
