import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readPngMap } from '../image.js';
import { normalColours, RADIUS } from './depth-normals.js';

const camera = { fx: 500, fy: 600, cx: 30, cy: 20 };
const [width, height] = [64, 48];

/** Depth of the plane n P = d in camera coordinates (x right, y down, z forward), 0 where `hole`. */
function plane(n: readonly number[], d: number, hole = (_x: number, _y: number) => false): Float32Array {
  return Float32Array.from({ length: width * height }, (_, at) => {
    const [x, y] = [at % width, Math.floor(at / width)];
    const ray = [(x - camera.cx) / camera.fx, (y - camera.cy) / camera.fy, 1];
    return hole(x, y) ? 0 : d / (n[0] * ray[0] + n[1] * ray[1] + n[2] * ray[2]);
  });
}

const vectorAt = (colours: Uint8Array, x: number, y: number) =>
  [0, 1, 2].map((k) => (colours[3 * (y * width + x) + k] / 255) * 2 - 1);

/** Normals as they are seen, x right, y up, z to the viewer, and the same in camera coordinates, away from the camera. */
const planes = {
  'a wall that faces the camera': [
    [0, 0, 1],
    [0, 0, 1],
  ],
  'a floor, which faces up': [
    [0, 0.96, 0.28],
    [0, 0.96, 0.28],
  ],
  'a wall on the right, which faces left': [
    [-0.6, 0, 0.8],
    [0.6, 0, 0.8],
  ],
} as const;
for (const [name, [seen, away]] of Object.entries(planes)) {
  test(`the normal of ${name} is exact up to the rounding of colours`, () => {
    const colours = normalColours({ width, height, data: plane(away, 2) }, camera);
    for (const [x, y] of [
      [0, 20],
      [30, 20],
      [40, 30],
      [63, 47],
    ]) {
      const found = vectorAt(colours, x, y);
      assert.ok(
        found.every((component, k) => Math.abs(component - seen[k]) < 0.01),
        `${found} at ${x}, ${y}`,
      );
    }
  });
}

test('pixels without depth, and surfaces of a few pixels, have no normal; other surfaces do not bend one', () => {
  const nearer = (x: number, y: number) => x >= 32 && y >= 20 && y < 30;
  const data = plane([0, 0, 1], 2, (x) => x < 5);
  for (let at = 0; at < data.length; at++) if (nearer(at % width, Math.floor(at / width))) data[at] = 1;
  data[40 * width + 20] = 1.5;
  const colours = normalColours({ width, height, data }, camera);
  assert.deepEqual([...colours.subarray(3 * 4, 3 * 4 + 3)], [0, 0, 0]);
  assert.deepEqual([...colours.subarray(3 * (40 * width + 20), 3 * (40 * width + 20) + 3)], [0, 0, 0]);
  for (const x of [5, 31, 32, 32 + RADIUS]) assert.ok(vectorAt(colours, x, 25)[2] > 0.99, `at ${x}`);
});

const sample = fileURLToPath(new URL('../../../../../shared/data/samples/nyu/', import.meta.url));
test('the normals of a frame of NYU v2 are near the published ones', {
  skip: existsSync(sample) ? false : `no ${sample}`,
}, async () => {
  const depth = await readPngMap(`${sample}depth_gt_000433.png`);
  const published = await readPngMap(`${sample}norm_gt_000433.png`);
  const data = Float32Array.from(depth.data, (value) => value / 5000);
  const kinect = { fx: 518.857901, fy: 519.469611, cx: 324.582449, cy: 252.736166 };
  const computed = normalColours({ width: depth.width, height: depth.height, data }, kinect);
  const angles: number[] = [];
  for (let at = 0; at < computed.length; at += 3) {
    // Red is to the right, green away from the viewer, blue up; 127 in all three is unknown.
    const [r, g, b] = [0, 1, 2].map((k) => published.data[at + k] / 127.5 - 1);
    const [x, y, z] = [0, 1, 2].map((k) => computed[at + k] / 127.5 - 1);
    if (Math.hypot(r, g, b) < 0.5 || computed[at] + computed[at + 1] + computed[at + 2] === 0) continue;
    const cosine = (x * r + y * b - z * g) / (Math.hypot(r, g, b) * Math.hypot(x, y, z));
    angles.push((Math.acos(Math.min(1, cosine)) * 180) / Math.PI);
  }
  angles.sort((a, b) => a - b);
  const below = (degrees: number) => angles.filter((angle) => angle < degrees).length / angles.length;
  const mean = angles.reduce((sum, angle) => sum + angle, 0) / angles.length;
  console.log(
    `mean ${mean.toFixed(1)}, median ${angles[angles.length >> 1].toFixed(1)} degrees, within 11.25 / 22.5 / 30: ` +
      [11.25, 22.5, 30].map((degrees) => `${(100 * below(degrees)).toFixed(1)} %`).join(' / '),
  );
  assert.ok(angles.length > 190_000);
  assert.ok(mean < 5 && angles[angles.length >> 1] < 3 && below(11.25) > 0.9);
});
