import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../random.js';
import { redrawBoundaries, resizeBoundaries } from './boundary-resize.js';
import { createTask } from './index.js';
import type { Raster } from './raster.js';

const segmentation = createTask('s', {
  kind: 'segmentation',
  classes: ['sky', 'road'],
  colours: [
    [10, 20, 30],
    [200, 100, 0],
  ],
});
const floats = (channels: number, height: number, width: number, data: readonly number[]): Raster => ({
  channels,
  height,
  width,
  data: Float32Array.from(data),
});
const bytes = (height: number, width: number, data: readonly number[]): Raster => ({
  channels: 1,
  height,
  width,
  data: Uint8Array.from(data),
});

test('a mirrored normal has its x negated, or is left as published', () => {
  const label = floats(3, 1, 2, [0.6, -1, 0, 0, 0.8, 0]);
  createTask('n', { kind: 'normals' }).label.mirrored?.(label);
  assert.deepEqual(label, floats(3, 1, 2, [-0.6, 1, 0, 0, 0.8, 0]));
  assert.equal(createTask('n', { kind: 'normals', mirror: 'pixels' }).label.mirrored, undefined);
});

test('normals turn with the zoom, or are left as published', () => {
  const label = floats(3, 1, 2, [0.6, 0, 0, 0, 0.4, 0]);
  createTask('n', { kind: 'normals' }).label.scaled?.(label, 2);
  // (0.6, 0, 0.4) becomes (0.6, 0, 0.8); what is unlabelled stays.
  assert.deepEqual(label, floats(3, 1, 2, [0.6, 0, 0, 0, 0.8, 0]));
  assert.equal(createTask('n', { kind: 'normals', zoom: 'keep' }).label.scaled, undefined);
});

test('an enlarged image is nearer, or is left as it is', () => {
  const label = floats(1, 1, 3, [3, 1.5, 0]);
  createTask('d', { kind: 'depth' }).label.scaled?.(label, 1.5);
  assert.deepEqual(label.data, Float32Array.of(2, 1, 0));
  assert.equal(createTask('d', { kind: 'depth', zoom: 'keep' }).label.scaled, undefined);
});

const resize = createTask('b', { kind: 'boundaries' }).label.resize;
assert.ok(resize);

test('a boundary survives shrinking, and what is unlabelled stays so', () => {
  // A vertical line in column 3 of 6 x 4, halved: column 1. The last two columns are unlabelled.
  const label = bytes(4, 6, [
    ...[0, 0, 0, 1, 255, 255],
    ...[0, 0, 0, 1, 255, 255],
    ...[0, 0, 0, 1, 255, 255],
    ...[0, 0, 0, 1, 255, 255],
  ]);
  assert.deepEqual(resize(label, 2, 3), bytes(2, 3, [0, 1, 255, 0, 1, 255]));
});

test('shrinking by any factor keeps every line, one pixel wide', () => {
  for (const width of [5, 7, 11, 13, 17]) {
    for (let x = 0; x < 19; x++) {
      const line = Array.from({ length: 19 }, (_, i) => (i === x ? 1 : 0));
      const small: Raster = resize(bytes(1, 19, line), 1, width);
      assert.equal(Array.from(small.data).filter((v) => v === 1).length, 1, `column ${x} of 19 at ${width}`);
    }
  }
});

test('growing neither breaks nor thickens lines', () => {
  const label = bytes(4, 5, [...[1, 0, 0, 0, 255], ...[0, 1, 0, 0, 255], ...[0, 0, 1, 1, 1], ...[0, 0, 1, 0, 0]]);
  // Doubled, pixel (x, y) goes to (2x + 1, 2y + 1), and the steps between are filled in.
  const grown = [
    ...[0, 0, 0, 0, 0, 0, 0, 0, 255, 255],
    ...[0, 1, 0, 0, 0, 0, 0, 0, 255, 255],
    ...[0, 0, 1, 0, 0, 0, 0, 0, 255, 255],
    ...[0, 0, 0, 1, 0, 0, 0, 0, 255, 255],
    ...[0, 0, 0, 0, 1, 0, 0, 0, 0, 0],
    ...[0, 0, 0, 0, 0, 1, 1, 1, 1, 1],
    ...[0, 0, 0, 0, 0, 1, 0, 0, 0, 0],
    ...[0, 0, 0, 0, 0, 1, 0, 0, 0, 0],
  ];
  assert.deepEqual(resize(label, 8, 10), bytes(8, 10, grown));
});

test('pixels at opposite sides are no neighbours', () => {
  // Enlarged by three, pixel (x, y) goes to (3x + 1, 3y + 1). In row order, the last pixel of a row is followed by the
  // first of the next.
  for (const corners of [
    [0, 0, 1, 1, 0, 0],
    [1, 0, 1, 0, 0, 0],
    [0, 0, 0, 1, 0, 1],
  ]) {
    const grown = resize(bytes(2, 3, corners), 6, 9);
    const set = [...grown.data.keys()].filter((i) => grown.data[i] === 1);
    const expected = [...corners.keys()].filter((i) => corners[i] === 1);
    assert.deepEqual(
      set,
      expected.map((i) => (3 * Math.floor(i / 3) + 1) * 9 + 3 * (i % 3) + 1),
    );
  }
});

test('growing a corner draws its two arms', () => {
  // Enlarged by three, pixel (x, y) of 2 x 2 goes to (3x + 1, 3y + 1).
  for (const missing of [0, 1, 2, 3]) {
    const label = bytes(
      2,
      2,
      [0, 1, 2, 3].map((i) => Number(i !== missing)),
    );
    // The corner is opposite to what is missing, and its arms lie in its row and its column.
    const [cornerX, cornerY] = [missing & 1 ? 1 : 4, missing >> 1 ? 1 : 4];
    const expected = Array.from({ length: 36 }, (_, i) => {
      const [x, y] = [i % 6, Math.floor(i / 6)];
      const between = (v: number) => v >= 1 && v <= 4;
      return Number((x === cornerX && between(y)) || (y === cornerY && between(x)));
    });
    assert.deepEqual(resize(label, 6, 6), bytes(6, 6, expected));
  }
});

test('growing leaves no holes in thick lines', () => {
  const label = bytes(3, 4, [0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0]);
  const { data } = resize(label, 6, 8);
  // Columns 1 and 2 go to columns 3 and 5, rows 0 to 2 to rows 1 to 5.
  for (let y = 0; y < 6; y++) {
    const expected = y === 0 ? [0, 0, 0, 0, 0, 0, 0, 0] : [0, 0, 0, 1, 1, 1, 0, 0];
    assert.deepEqual(Array.from(data.subarray(y * 8, y * 8 + 8)), expected);
  }
});

test('the same size gives the same label', () => {
  const label = bytes(2, 4, [1, 0, 255, 1, 0, 1, 1, 0]);
  assert.deepEqual(resize(label, 2, 4), label);
});

test('a rotated label loses its old lines before the new ones are drawn', () => {
  // Moved 2.4 pixels to the right: columns 0 and 1 go to columns 2 and 3. The old lines are at both ends.
  const out = bytes(1, 5, [1, 255, 0, 0, 1]);
  redrawBoundaries(bytes(1, 3, [1, 1, 0]), out, (x, y) => [x + 2.4, y]);
  assert.deepEqual(out, bytes(1, 5, [0, 255, 1, 1, 0]));
});

test('pictures show classes in their colours and unlabelled pixels in black', () => {
  const shown = [10, 20, 30, 200, 100, 0];
  assert.deepEqual([...segmentation.picture(bytes(1, 3, [0, 1, 255])).data], [...shown, 0, 0, 0]);
  assert.deepEqual([...segmentation.picture(floats(2, 1, 2, [0.7, 0.2, 0.3, 0.8])).data], shown);
  assert.deepEqual(segmentation.legend[1], { label: 'road', colour: [200, 100, 0] });
});

test('pictures show normals as (n + 1) / 2, boundaries in grey and depth from light to dark', () => {
  const normals = createTask('n', { kind: 'normals' }).picture(floats(3, 1, 3, [1, 0, 0, 0, -1, 0, 0, 0, 0]));
  assert.deepEqual([...normals.data], [255, 128, 128, 128, 0, 128, 0, 0, 0]);
  assert.deepEqual(
    createTask('n', { kind: 'normals' }).legend.map(({ colour }) => colour),
    [
      [255, 128, 128], // right
      [0, 128, 128], // left
      [128, 255, 128], // up
      [128, 0, 128], // down
      [128, 128, 255], // towards the viewer
    ],
  );
  for (const kind of ['boundaries', 'saliency'])
    assert.deepEqual(
      createTask('b', { kind }).legend.map(({ colour }) => colour),
      [
        [255, 255, 255], // yes
        [0, 0, 0], // no
        [96, 96, 96], // unlabelled
      ],
    );
  const boundaries = createTask('b', { kind: 'boundaries' });
  assert.deepEqual([...boundaries.picture(bytes(1, 3, [0, 1, 255])).data], [0, 0, 0, 255, 255, 255, 96, 96, 96]);
  assert.deepEqual([...boundaries.picture(floats(1, 1, 1, [0.2])).data], [51, 51, 51]);
  // A band of probabilities is drawn as its ridge, two pixels wide as lines of labels are.
  const band = Array.from({ length: 9 }, () => [0, 0, 0.2, 0.4, 0.9, 0.4, 0.2, 0, 0]).flat();
  const { data: scored } = boundaries.scored?.(floats(1, 9, 9, band)) ?? assert.fail();
  assert.deepEqual(
    [...scored.subarray(36, 45)].map((p) => Number(p.toFixed(6))),
    [0, 0, 0, 0, 0.9, 0.9, 0, 0, 0],
  );
  const depth = createTask('d', { kind: 'depth', rangeMetres: [2, 200] });
  const colours = [253, 231, 37, 33, 144, 141, 68, 1, 84, 0, 0, 0]; // near, the middle on a log scale, far, none
  assert.deepEqual([...depth.picture(floats(1, 1, 4, [2, 20, 200, 0])).data], colours);
  assert.deepEqual(
    depth.legend.map(({ label }) => label),
    ['2 m', '5 m', '10 m', '20 m', '50 m', '100 m', '200 m'],
  );
});

test('raw answers are whole numbers: classes, per cent, and millimetres up to 65.535 m', () => {
  const rawOf = (kind: string, answer: Raster) => createTask('t', { kind }).raw?.(answer);
  for (const kind of ['boundaries', 'saliency']) {
    const raw = rawOf(kind, floats(1, 1, 4, [0, 0.014, 0.016, 1]));
    assert.deepEqual(raw, { unit: 'percent', data: Uint8Array.of(0, 1, 2, 100) });
  }
  const depth = rawOf('depth', floats(1, 1, 3, [1.2344, 1.2346, 70]));
  assert.deepEqual(depth, { unit: 'millimetres', data: Uint16Array.of(1234, 1235, 65535) });
  // Of equal probabilities the lower class is the answer.
  const classes = segmentation.raw?.(floats(2, 1, 4, [0.7, 0.2, 0.5, -3, 0.3, 0.8, 0.5, -1]));
  assert.deepEqual(classes, { unit: 'classes', data: Uint8Array.of(0, 1, 0, 1) });
});

test('a part of resized boundaries is cut from the whole of them', () => {
  const random = new Random(4);
  const [width, height] = [31, 23];
  // Lines and blotches: many pixels of every kind side by side.
  const data = Uint8Array.from({ length: width * height }, () => [0, 0, 1, 1, 255][random.integer(5)]);
  const label = { channels: 1, height, width, data };
  for (const [toWidth, toHeight] of [
    [17, 12],
    [46, 35],
    [31, 40],
  ]) {
    const whole = resizeBoundaries(label, toHeight, toWidth).data;
    for (let draw = 0; draw < 20; draw++) {
      const [top, left] = [random.integer(toHeight - 5), random.integer(toWidth - 7)];
      const part = resizeBoundaries(label, toHeight, toWidth, { top, left, height: 5, width: 7 });
      const cut = Array.from({ length: 35 }, (_, i) => whole[(top + Math.floor(i / 7)) * toWidth + left + (i % 7)]);
      assert.deepEqual([...part.data], cut);
    }
  }
});
