import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCamera, Projection, type Vector } from '../camera.js';
import { Box } from './box.js';
import { Frustum } from './frustum.js';
import { Plane } from './plane.js';
import type { Probe, Shape } from './shape.js';
import { Sphere } from './sphere.js';

const EYE: Vector = [0, 1.5, 0];
const DEGREE = Math.PI / 180;

/** Depth, face (-1 where nothing is hit) and unit normal in camera axes of every pixel of one shape. */
function view(shape: Shape, width: number, height: number, camera = makeCamera(EYE, 0, 0, 0, 90 * DEGREE)) {
  const projection = new Projection(camera, width, height);
  const depth = new Float32Array(width * height).fill(Infinity);
  const surface = new Int32Array(width * height).fill(-1);
  shape.draw(projection, { depth, surface }, 0);
  return {
    depth: [...depth],
    surface: [...surface],
    normal: (at: number) => normalAt(shape, projection, depth, surface, at),
  };
}

function normalAt(shape: Shape, projection: Projection, depth: Float32Array, surface: Int32Array, at: number): Vector {
  const { camera, width, px0, py0, step } = projection;
  const [px, py] = [px0 + (at % width) * step, py0 - Math.floor(at / width) * step];
  const axis = (i: 0 | 1 | 2) =>
    camera.position[i] + depth[at] * (camera.forward[i] + px * camera.right[i] + py * camera.up[i]);
  const probe: Probe = { x: axis(0), y: axis(1), z: axis(2), nx: 0, ny: 0, nz: 0, u: 0, v: 0, footprint: 0 };
  shape.orient(probe, surface[at]);
  const along = ([x, y, z]: Vector) => probe.nx * x + probe.ny * y + probe.nz * z;
  return [along(camera.right), along(camera.up), -along(camera.forward)];
}

function near(actual: readonly number[], expected: readonly number[], tolerance = 1e-5): void {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of expected.entries()) {
    assert.ok(
      actual[i] === value || Math.abs(actual[i] - value) < tolerance,
      `[${actual.join(', ')}] is not [${expected.join(', ')}]`,
    );
  }
}

test('a wall 3 m straight ahead has depth 3 and normal (0, 0, 1) in every pixel', () => {
  const wall = view(new Plane([0, 0, 1], -3, [1, 0, 0]), 6, 4);
  near(wall.depth, new Array(24).fill(3));
  for (let at = 0; at < 24; at++) near(wall.normal(at), [0, 0, 1]);
});

test('the floor 1.5 m below the eye: rows at slopes 1/4 and 3/4 see it at 6 m and 2 m', () => {
  // Field of view 90 degrees, 4 pixels: the rows lie at 3/4, 1/4, -1/4, -3/4 on the image plane at distance 1.
  const floor = view(new Plane([0, 1, 0], 0, [1, 0, 0]), 4, 4);
  const [none, far, close] = [new Array(4).fill(Infinity), new Array(4).fill(6), new Array(4).fill(2)];
  near(floor.depth, [...none, ...none, ...far, ...close]);
  near(floor.normal(12), [0, 1, 0]);
});

test('a camera that looks down by 30 degrees sees the floor rise towards it', () => {
  const camera = makeCamera(EYE, 0, -30 * DEGREE, 0, 60 * DEGREE);
  const floor = view(new Plane([0, 1, 0], 0, [1, 0, 0]), 1, 1, camera);
  // The axis meets the floor after 1.5 / sin 30 = 3 m.
  near(floor.depth, [3]);
  near(floor.normal(0), [0, Math.sqrt(3) / 2, 1 / 2]);
});

test('a camera that is turned to the right by 30 degrees sees the wall face to the right', () => {
  const wall = new Plane([0, 0, 1], -3, [1, 0, 0]);
  const seen = view(wall, 1, 1, makeCamera(EYE, 30 * DEGREE, 0, 0, 60 * DEGREE));
  near(seen.depth, [3 / Math.cos(30 * DEGREE)]);
  near(seen.normal(0), [1 / 2, 0, Math.sqrt(3) / 2]);
});

test('the middle of a sphere lies one radius before its centre and faces the camera', () => {
  const sphere = view(new Sphere([0, 1.5, -4], 1), 3, 3);
  near([sphere.depth[4]], [3]);
  near(sphere.normal(4), [0, 0, 1]);
  // At px = 2/3, |t (2/3, 0, -1) - (0, 0, -4)| = 1 has no solution: the sphere is not that wide.
  assert.equal(sphere.surface[3], -1);
});

test('a sphere off the axis: the pixel at slope 1/3 meets it where the quadratic says', () => {
  // 3 pixels over 90 degrees lie at -2/3, 0, 2/3; over a plane half as wide, at -1/3, 0, 1/3.
  const camera = makeCamera(EYE, 0, 0, 0, 2 * Math.atan(1 / 2));
  const sphere = view(new Sphere([1, 1.5, -3], 1), 3, 3, camera);
  // (t/3 - 1)^2 + (3 - t)^2 = 1 with x = t / 3: 10 x^2 - 20 x + 9 = 0, x = 1 - sqrt(0.1).
  const x = 1 - Math.sqrt(0.1);
  near([sphere.depth[5]], [3 * x]);
  near(sphere.normal(5), [x - 1, 0, 3 - 3 * x]);
});

test('a box on edge shows two faces at 45 degrees, each at its own depth', () => {
  const box = view(new Box([0, 1.5, -5], [1, 1, 1], Math.SQRT1_2, Math.SQRT1_2), 8, 2);
  // Columns 3 and 4 lie at px = -1/8 and 1/8; the edge is at 5 - sqrt 2, and t = (5 - sqrt 2) / (1 - |px|).
  near([box.depth[3], box.depth[4]], new Array(2).fill((5 - Math.SQRT2) / (7 / 8)));
  near(box.normal(3), [-Math.SQRT1_2, 0, Math.SQRT1_2]);
  near(box.normal(4), [Math.SQRT1_2, 0, Math.SQRT1_2]);
  assert.equal(box.depth[0], Infinity);
});

test('a box from above shows its top', () => {
  const box = view(new Box([0, 0.25, -2], [1, 0.25, 1], 1, 0), 4, 4);
  // Row 3 at slope -3/4 meets the top, 1 m below the eye, after 4/3 m, between z = -1 and z = -3.
  near([box.depth[13]], [4 / 3]);
  near(box.normal(13), [0, 1, 0]);
});

test('a cylinder shows its front one radius before its axis, and its top from above', () => {
  const cylinder = view(new Frustum([0, 0, -3], 3, 0.5, 0.5), 3, 3);
  near([cylinder.depth[4]], [2.5]);
  near(cylinder.normal(4), [0, 0, 1]);
  const low = view(new Frustum([0, 0, -3], 0.5, 1, 1), 3, 6);
  // 6 rows at 3 columns: slopes -1/3 for row 3. The top, 1 m below the eye, is met after 3 m.
  near([low.depth[10]], [3]);
  near(low.normal(10), [0, 1, 0]);
});

test('a cone of 45 degrees has normals that rise by 45 degrees', () => {
  // The axis of the camera passes 0.5 m above the bottom, where the radius is 0.5 m.
  const cone = view(new Frustum([0, 1, -3], 1, 1, 0), 1, 1);
  near([cone.depth[0]], [2.5]);
  near(cone.normal(0), [0, Math.SQRT1_2, Math.SQRT1_2]);
});

test('shapes behind the camera are not drawn', () => {
  for (const shape of [
    new Box([0, 1.5, 5], [1, 1, 1], 1, 0),
    new Sphere([0, 1.5, 5], 1),
    new Frustum([0, 1, 5], 1, 1, 0.5),
    new Plane([0, 0, -1], -5, [1, 0, 0]),
  ]) {
    assert.deepEqual(new Set(view(shape, 4, 4).surface), new Set([-1]));
  }
});

test('the rectangle of a shape leaves out none of its pixels', () => {
  const camera = makeCamera(EYE, 0.2, -0.3, 0.1, 70 * DEGREE);
  const projection = new Projection(camera, 64, 48);
  const box = new Box([0.6, 0.7, -3], [0.4, 0.5, 0.3], Math.cos(0.6), Math.sin(0.6));
  const inRectangle = view(box, 64, 48, camera).surface;
  // With the camera's view of the whole image instead.
  Object.defineProperty(box, 'bounds', { value: { low: [-9, -9, -9], high: [9, 9, 9] } });
  assert.deepEqual(projection.rectangle(box.bounds), { left: 0, top: 0, right: 64, bottom: 48 });
  assert.deepEqual(view(box, 64, 48, camera).surface, inRectangle);
  assert.ok(inRectangle.filter((index) => index >= 0).length > 100);
});

test('solids block the segments that cross them, and no others', () => {
  const solids = {
    box: new Box([0, 1, 0], [0.5, 0.5, 0.5], 1, 0),
    sphere: new Sphere([0, 1, 0], 0.5),
    cylinder: new Frustum([0, 0.5, 0], 1, 0.5, 0.5),
  };
  const segment = (x: number, y: number, z: number, dx: number, dy: number, dz: number) => ({ x, y, z, dx, dy, dz });
  for (const [name, solid] of Object.entries(solids)) {
    assert.equal(solid.blocks(segment(-2, 1, 0.1, 4, 0.01, 0.01)), true, `${name} across`);
    assert.equal(solid.blocks(segment(0.1, 3, 0.1, 0.01, -4, 0.01)), true, `${name} from above`);
    assert.equal(solid.blocks(segment(-2, 1, 0.1, 1.2, 0.01, 0.01)), false, `${name}: the segment ends before`);
    assert.equal(solid.blocks(segment(2, 1, 0.1, 1, 0.01, 0.01)), false, `${name}: it begins behind`);
    assert.equal(solid.blocks(segment(-2, 1, 0.8, 4, 0.01, 0.01)), false, `${name}: it passes beside`);
    assert.equal(solid.blocks(segment(-2, 1.7, 0, 4, 0.01, 0.01)), false, `${name}: it passes above`);
  }
});
