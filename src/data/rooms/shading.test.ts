import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCamera, Projection } from './camera.js';
import { expose } from './exposure.js';
import type { Material } from './material.js';
import { plain, stripes } from './patterns.js';
import type { Scene } from './scene.js';
import { shade } from './shading.js';
import { Box } from './shapes/box.js';
import { Plane } from './shapes/plane.js';
import { findVisibleSurfaces } from './visibility.js';

const WHITE: Material = {
  pattern: plain,
  palette: Float32Array.of(1, 1, 1),
  period: 1,
  cos: 1,
  sin: 0,
  halfU: 1,
  halfV: 1,
  count: 1,
  seed: 1,
  emission: 0,
  gloss: 0,
};

/** A camera 2 m above a white floor looks straight down at it; a light hangs 3 m above the middle. */
function floorScene(change: Partial<Scene> = {}): Scene {
  return {
    kind: 'office',
    parts: [{ shape: new Plane([0, 1, 0], 0, [1, 0, 0]), material: WHITE, classIndex: 1, object: 0 }],
    sides: [],
    casters: [],
    lights: [{ position: [0, 3, 0], colour: [1, 0.5, 0] }],
    ambient: [0, 0, 0],
    camera: makeCamera([0, 2, 0], 0, -Math.PI / 2, 0, Math.PI / 2),
    sensor: { brightness: 0.3, whiteBalance: [1, 1, 1], blur: 0, noise: 0, noiseSeed: 1 },
    ...change,
  };
}

const SIZE = 15;
const MIDDLE = 7 * SIZE + 7;

function radianceOf(scene: Scene): Float32Array {
  const projection = new Projection(scene.camera, SIZE, SIZE);
  const buffers = { depth: new Float32Array(SIZE * SIZE), surface: new Int32Array(SIZE * SIZE) };
  findVisibleSurfaces(scene, projection, buffers);
  const radiance = new Float32Array(3 * SIZE * SIZE);
  shade(scene, projection, buffers, new Float32Array(3 * SIZE * SIZE), radiance);
  return radiance;
}

const close = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) < tolerance, `${actual} is not ${expected}`);

test('light falls off with the square of the distance and the cosine of its angle, in its own colour', () => {
  const radiance = radianceOf(floorScene());
  // Straight below: distance 3, cosine 1, softened by 0.3 square metres; the 12 mm of the lift allow for 1 %.
  close(radiance[3 * MIDDLE], 1 / (9 + 0.3), 0.002);
  close(radiance[3 * MIDDLE + 1], 0.5 / (9 + 0.3), 0.001);
  assert.equal(radiance[3 * MIDDLE + 2], 0);
  // The pixel at the left end lies 2 x 14/15 m aside.
  const square = 9 + (28 / 15) ** 2;
  close(radiance[3 * 7 * SIZE], 3 / Math.sqrt(square) / (square + 0.3), 0.002);
});

test('a board under the light leaves the floor below it in shadow, and no more than that', () => {
  // 1 m below the light, half a metre either way: the shadow on the floor reaches 1.5 m either way.
  const radiance = radianceOf(floorScene({ casters: [new Box([0, 2, 0], [0.5, 0.01, 0.5], 1, 0)] }));
  assert.equal(radiance[3 * MIDDLE], 0);
  // Pixels are 4/15 m apart on the floor: 5 of them are 1.33 m, 6 are 1.6 m.
  assert.equal(radiance[3 * (MIDDLE + 5)], 0);
  assert.ok(radiance[3 * (MIDDLE + 6)] > 0.05);
});

test('light from everywhere is dimmer beside a wall than away from it', () => {
  const wall = new Plane([1, 0, 0], -2, [0, 0, 1]);
  const radiance = radianceOf(floorScene({ lights: [], ambient: [1, 1, 1], sides: [wall] }));
  assert.ok(radiance[3 * 7 * SIZE] < 0.85 * radiance[3 * (7 * SIZE + 14)]);
});

test('stripes narrower than a pixel fade to their mean', () => {
  const at = (u: number, footprint: number) =>
    stripes({ x: 0, y: 0, z: 0, nx: 0, ny: 0, nz: 0, u, v: 0, footprint }, { ...WHITE, period: 0.2 });
  assert.deepEqual([at(0.05, 0.01), at(0.15, 0.01), at(0.25, 0.01), at(-0.05, 0.01)], [1, 0, 1, 0]);
  assert.deepEqual([at(0.05, 0.3), at(0.15, 0.3)], [0.5, 0.5]);
});

test('exposure brings an even surface to the brightness asked for, whatever its light', () => {
  for (const light of [0.01, 0.1, 0.9]) {
    const scratch = new Float32Array(3 * 64);
    const image = expose(floorScene(), 8, 8, new Float32Array(3 * 64).fill(light), scratch);
    // 255 sqrt(0.3 (1 + 0.25 x 0.3) / 1.3) = 127.0
    assert.deepEqual(new Set(image.data), new Set([127]));
  }
});

test('noise has the standard deviation asked for and no bias', () => {
  const size = 64;
  const scene = floorScene({
    sensor: { brightness: 0.3, whiteBalance: [1, 1, 1], blur: 0, noise: 5, noiseSeed: 1234567 },
  });
  const count = 3 * size * size;
  const { data } = expose(scene, size, size, new Float32Array(count).fill(0.4), new Float32Array(count));
  const mean = data.reduce((sum, value) => sum + value, 0) / count;
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
  // Standard errors: 5 / sqrt(12288) = 0.045 and 5 / sqrt(2 x 12288) = 0.032; rounding adds 1/12 to the variance.
  close(mean, 127.0, 0.25);
  close(Math.sqrt(variance), Math.sqrt(25 + 1 / 12), 0.2);
});
