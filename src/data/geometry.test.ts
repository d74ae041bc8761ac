/** Depth and normals of the built-in rooms stay one geometry, however the image is scaled, mirrored and turned. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../random.js';
import { createTask } from '../tasks/index.js';
import type { Raster } from '../tasks/raster.js';
import { cropLabel } from './augment.js';
import { buildScene } from './rooms/build.js';
import { openRooms } from './rooms/rooms.js';
import type { CropWindow } from './window.js';

const SIZE = 256;
/** Differences reach so many pixels to either side: nearest pixels are half a one off. */
const REACH = 8;
const SEED = 1;

interface Taken {
  readonly depth: Float32Array;
  readonly normals: Float32Array;
}

/** Both labels of a room in one window, with the settings of their tasks. */
async function take(index: number, window: CropWindow, zooms: { depth: string; normals: string }): Promise<Taken> {
  const rooms = openRooms({ split: 'train', length: 10, seed: SEED, width: SIZE, height: SIZE });
  const { labels } = await rooms.read(index);
  const crop = (map: Raster, kind: 'depth' | 'normals') => {
    const out = new Float32Array(map.channels * window.size.height * window.size.width);
    cropLabel(map, createTask('t', { kind, zoom: zooms[kind] }).label, window, out);
    return out;
  };
  return { depth: crop(labels.depth, 'depth'), normals: crop(labels.normals, 'normals') };
}

/** Columns and rows to a length of 1 on the image plane at distance 1: what a pixel is across, by the camera. */
function pixelAngle(index: number): number {
  const { camera } = buildScene(new Random('rooms').fork(SEED).fork('train').fork(index));
  return (2 * camera.halfWidth) / SIZE;
}

/**
 * Median angle, in degrees, between the normals and those of the surface that depth spans, by differences where depth
 * is smooth.
 * @param step width of a pixel on the image plane at distance 1
 */
function medianAngle({ depth, normals }: Taken, window: CropWindow, step: number): number {
  const { width, height } = window.size;
  const plane = width * height;
  // Where the optical axis meets the window: the middle of the whole image, in pixels of the scaled one.
  const middleX = (window.scaled.width - 1) / 2 - window.left;
  const middleY = (window.scaled.height - 1) / 2 - window.top;
  const point = (x: number, y: number): readonly number[] => {
    const z = depth[y * width + x];
    return [(x - middleX) * step * z, (middleY - y) * step * z, -z];
  };
  const angles: number[] = [];
  for (let y = REACH; y < height - REACH; y += 3) {
    for (let x = REACH; x < width - REACH; x += 3) {
      const at = y * width + x;
      const around = [at - REACH, at + REACH, at - REACH * width, at + REACH * width];
      if (depth[at] === 0 || around.some((i) => Math.abs(depth[i] - depth[at]) > 0.25 * depth[at])) continue;
      const n = [0, 1, 2].map((c) => normals[c * plane + at]);
      const turns = around.map((i) => [0, 1, 2].reduce((sum, c) => sum + n[c] * normals[c * plane + i], 0));
      if (Math.min(...turns) < 0.99) continue;
      const [a, b] = [
        [point(x - REACH, y), point(x + REACH, y)],
        [point(x, y + REACH), point(x, y - REACH)],
      ].map(([from, to]) => to.map((value, c) => value - from[c]));
      const cross = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
      const cosine = cross.reduce((sum, value, c) => sum + value * n[c], 0) / Math.hypot(...cross);
      angles.push((Math.acos(Math.min(1, cosine)) * 180) / Math.PI);
    }
  }
  assert.ok(angles.length > 200, `${angles.length} pixels`);
  return angles.sort((p, q) => p - q)[angles.length >> 1];
}

const window = (factor: number, more: Partial<CropWindow> = {}): CropWindow => {
  const side = Math.trunc(SIZE * factor);
  const size = { height: Math.min(SIZE, side), width: Math.min(SIZE, side) };
  return { size, factor, scaled: { height: side, width: side }, mirrored: false, top: 0, left: 0, ...more };
};

for (const index of [0, 1, 2]) {
  test(`room ${index}: enlarged and reduced, the normals are those of the depth; left as they were, they are not`, async () => {
    const step = pixelAngle(index);
    for (const scaled of [
      window(1),
      window(0.6),
      window(1.5, { top: 50, left: 30 }),
      window(0.75, { mirrored: true }),
    ]) {
      const together = medianAngle(await take(index, scaled, { depth: 'divide', normals: 'divide' }), scaled, step);
      assert.ok(together < 1.5, `zoom ${scaled.factor}: ${together} degrees`);
      if (scaled.factor === 1) continue;
      const apart = medianAngle(await take(index, scaled, { depth: 'divide', normals: 'keep' }), scaled, step);
      assert.ok(
        apart > 4 && apart > 4 * together,
        `zoom ${scaled.factor}: ${apart} degrees where ${together} are right`,
      );
    }
  });

  test(`room ${index}: kept, depth and normals are those of a longer lens`, async () => {
    const scaled = window(1.5, { top: 50, left: 30 });
    const kept = await take(index, scaled, { depth: 'keep', normals: 'keep' });
    const angle = medianAngle(kept, scaled, pixelAngle(index) / 1.5);
    assert.ok(angle < 1.5, `${angle} degrees`);
  });

  test(`room ${index}: turned, the normals are those of the depth`, async () => {
    const turned = window(1, { angle: (12 * Math.PI) / 180 });
    const labels = await take(index, turned, { depth: 'divide', normals: 'divide' });
    const angle = medianAngle(labels, turned, pixelAngle(index));
    assert.ok(angle < 3, `${angle} degrees`);
    // Without their own turn: turned back.
    const back = new Float32Array(labels.normals);
    const map = { channels: 3, height: SIZE, width: SIZE, data: back };
    createTask('t', { kind: 'normals' }).label.rotated?.(map, (-12 * Math.PI) / 180);
    const apart = medianAngle({ ...labels, normals: back }, turned, pixelAngle(index));
    assert.ok(apart > 2 * angle, `${apart} degrees where ${angle} are right`);
  });
}
