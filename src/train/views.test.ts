import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTask } from '../tasks/index.js';
import type { Raster } from '../tasks/raster.js';
import { type Answerer, answerViews, viewsOf } from './views.js';

const constant = (values: readonly number[], height: number, width: number): Raster => ({
  channels: values.length,
  height,
  width,
  data: Float32Array.from(values.flatMap((value) => new Array(height * width).fill(value))),
});

const pixel = ({ data, height, width, channels }: Raster, at = 0) =>
  Array.from({ length: channels }, (_, c) => data[c * height * width + at]);

const close = (found: readonly number[], wanted: readonly number[]) => {
  assert.equal(found.length, wanted.length);
  for (const [i, value] of found.entries()) assert.ok(Math.abs(value - wanted[i]) < 1e-5, `${found}, not ${wanted}`);
};

/** 8 x 6, red is the column and green the row. */
const [height, width] = [6, 8];
const image = Float32Array.from([
  ...Array.from({ length: 48 }, (_, at) => at % width),
  ...Array.from({ length: 48 }, (_, at) => Math.floor(at / width)),
  ...new Array(48).fill(7),
]);

test('one view of scale 1 is the answer itself', async () => {
  const depth = createTask('depth', { kind: 'depth' });
  const answer: Answerer = async (view, h, w) => {
    assert.deepEqual([view, h, w], [image, height, width]);
    return { depth: constant([3], h, w) };
  };
  const found = await answerViews(answer, [depth], { scales: [1], flip: false }, image, height, width);
  assert.deepEqual(found, { depth: constant([3], height, width) });
});

test('an answer that is the picture itself comes back in its place from every size and from the mirror', async () => {
  const shown = createTask('salient', { kind: 'saliency' });
  const sizes: string[] = [];
  const answer: Answerer = async (view, h, w) => {
    sizes.push(`${h}x${w} ${view[0] < view[w - 1] ? '' : 'mirrored'}`);
    return { salient: { channels: 1, height: h, width: w, data: view.slice(0, h * w) } };
  };
  const views = { scales: [0.5, 1, 2], flip: true };
  const { salient } = await answerViews(answer, [shown], views, image, height, width);
  assert.deepEqual(sizes, ['3x4 ', '3x4 mirrored', '6x8 ', '6x8 mirrored', '12x16 ', '12x16 mirrored']);
  // Away from the edges a ramp stays a ramp.
  for (const x of [2, 3, 4, 5]) close([salient.data[3 * width + x]], [x]);
});

test('depth at zoom s is multiplied by s where training divides it, and kept where training keeps it', async () => {
  const near: Answerer = async (_, h, w) => ({ depth: constant([(3 * width) / w], h, w) });
  const same: Answerer = async (_, h, w) => ({ depth: constant([3], h, w) });
  const views = { scales: [0.5, 1, 1.5], flip: true };
  for (const [answer, zoom] of [
    [near, 'divide'],
    [same, 'keep'],
  ] as const) {
    const { depth } = await answerViews(answer, [createTask('depth', { kind: 'depth', zoom })], views, image, 6, 8);
    close([...depth.data], new Array(48).fill(3));
  }
});

test('normals are mirrored and turned back, and their mean is of length 1', async () => {
  const normals = createTask('n', { kind: 'normals' });
  // What the image shows is (0.6, 0, 0.8); enlarged by s, (0.6, 0, 0.8 s) at length 1; mirrored, with x negated.
  const answer: Answerer = async (view, h, w) => {
    const [x, z] = [view[0] < view[w - 1] ? 0.6 : -0.6, (0.8 * w) / width];
    const length = Math.hypot(x, z);
    return { n: constant([x / length, 0, z / length], h, w) };
  };
  const { n } = await answerViews(answer, [normals], { scales: [0.5, 1, 2], flip: true }, image, height, width);
  close(pixel(n), [0.6, 0, 0.8]);
  // Two that differ: (0.6, 0, 0.8) and, mirrored back, (-0.6, 0, 0.8), of which the mean is (0, 0, 0.8).
  const fixed: Answerer = async (_, h, w) => ({ n: constant([0.6, 0, 0.8], h, w) });
  const mean = await answerViews(fixed, [normals], { scales: [1], flip: true }, image, height, width);
  close(pixel(mean.n), [0, 0, 1]);
});

test('sides of classes are exchanged back, of pixels and of the whole image, unless that is off', async () => {
  const classes = ['none', 'left arm', 'right arm'];
  const tasks = [createTask('p', { kind: 'parts', classes }), createTask('c', { kind: 'classification', classes })];
  // The view's left is always called left: in the mirror that is the right arm.
  const answer: Answerer = async (view, h, w) => {
    const arms = view[0] < view[w - 1] ? [0.1, 0.7, 0.2] : [0.1, 0.2, 0.7];
    return { p: constant(arms, h, w), c: constant(arms, 1, 1) };
  };
  const views = { scales: [1], flip: true };
  const found = await answerViews(answer, tasks, views, image, height, width);
  close(pixel(found.p, 5), [0.1, 0.7, 0.2]);
  close(pixel(found.c), [0.1, 0.7, 0.2]);
  const off = await answerViews(answer, tasks, { ...views, swap: 'off' }, image, height, width);
  close(pixel(off.p), [0.1, 0.45, 0.45]);
});

test('numbers of a whole image are averaged', async () => {
  const age = createTask('age', { kind: 'regression' });
  const answer: Answerer = async (_, h) => ({ age: constant([h], 1, 1) });
  const found = await answerViews(answer, [age], { scales: [1, 2], flip: false }, image, height, width);
  close([...found.age.data], [9]);
});

test('the image itself at its size needs no views', () => {
  assert.equal(viewsOf(), undefined);
  assert.equal(viewsOf([1]), undefined);
  assert.deepEqual(viewsOf([0.75, 1], true), { scales: [0.75, 1], flip: true });
  assert.deepEqual(viewsOf(undefined, true), { scales: [1], flip: true });
});
