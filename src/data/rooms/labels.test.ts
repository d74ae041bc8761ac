import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClassName } from './classes.js';
import { CLASSES } from './classes.js';
import { boundaryMap, classMap, saliencyMap, visibleClasses } from './labels.js';
import type { Scene } from './scene.js';

/** A scene of parts that only their labels matter of: [class, object]. */
const sceneOf = (...parts: [ClassName, number][]) =>
  ({ parts: parts.map(([name, object]) => ({ classIndex: CLASSES.indexOf(name), object })) }) as unknown as Scene;

/** Depth, surface and normals from drawings: digits are parts (face 0), `depths` and `facing` belong to parts. */
function draw(rows: readonly string[], depths: readonly number[], facing: readonly (readonly number[])[]) {
  const parts = rows.flatMap((row) => [...row].map(Number));
  return {
    buffers: {
      surface: Int32Array.from(parts, (part) => 8 * part),
      depth: Float32Array.from(parts, (part) => depths[part]),
    },
    normals: Float32Array.from([0, 1, 2].flatMap((axis) => parts.map((part) => facing[part][axis]))),
    width: rows[0].length,
    height: rows.length,
  };
}

const FRONT = [0, 0, 1];
const picture = (map: Uint8Array, width: number) =>
  Array.from({ length: map.length / width }, (_, row) => [...map.slice(row * width, (row + 1) * width)].join(''));

test('an object is outlined once, one pixel thick, on the left or upper side of each change', () => {
  const { buffers, normals, width, height } = draw(
    ['000000', '000000', '001110', '001110', '000000', '000000'],
    [3, 3],
    [FRONT, FRONT],
  );
  const scene = sceneOf(['wall', 0], ['picture', 1]);
  assert.deepEqual(picture(boundaryMap(scene, buffers, normals, width, height), width), [
    '000000',
    '001110',
    '010010',
    '011110',
    '000000',
    '000000',
  ]);
  assert.deepEqual(picture(classMap(scene, buffers), width)[2], '005550');
});

test('two objects of one class have a boundary; two parts of one object only where they fold or one is deeper', () => {
  const edge = (second: [ClassName, number], depth: number, normal: readonly number[]) => {
    const { buffers, normals } = draw(['01'], [2, depth], [FRONT, normal]);
    return boundaryMap(sceneOf(['seat', 1], second), buffers, normals, 2, 1)[0];
  };
  const turned = (degrees: number) => [Math.sin((degrees * Math.PI) / 180), 0, Math.cos((degrees * Math.PI) / 180)];
  assert.equal(edge(['seat', 1], 2, FRONT), 0);
  assert.equal(edge(['seat', 2], 2, FRONT), 1);
  assert.equal(edge(['table', 1], 2, FRONT), 1);
  assert.equal(edge(['seat', 1], 2, turned(20)), 0);
  assert.equal(edge(['seat', 1], 2, turned(30)), 1);
  assert.equal(edge(['seat', 1], 2.1, FRONT), 0);
  assert.equal(edge(['seat', 1], 2.2, FRONT), 1);
});

test('a class is seen from 0.2 % of the image on, and specks are not', () => {
  const map = new Uint8Array(1000);
  map.set([7, 8, 8], 100);
  // Of 1000 pixels 0.2 % are 2: class 8 has 2, class 7 has 1.
  assert.deepEqual([...visibleClasses(map, [7, 8, 9])], [0, 1, 0]);
  assert.deepEqual([...visibleClasses(map, [0])], [1]);
});

test('the object that weighs most near the middle is salient, and the background never is', () => {
  const scene = sceneOf(['wall', 0], ['rug', 1], ['bed', 2], ['lamp', 3], ['lamp', 3]);
  const salient = (rows: readonly string[]) => {
    const { width, height, buffers } = draw(rows, [2, 2, 2, 2, 2], [FRONT, FRONT, FRONT, FRONT, FRONT]);
    const map = saliencyMap(scene, buffers, [CLASSES.indexOf('wall'), CLASSES.indexOf('rug')], width, height);
    return picture(map, width);
  };
  // The lamp of two parts lies in the middle of the rug; the bed has as many pixels at the border.
  assert.deepEqual(salient(['220110', '013100', '014100', '011110']), ['000000', '001000', '001000', '000000']);
  // More of the bed outweighs it: every pixel of the upper rows against two in the middle.
  assert.deepEqual(salient(['222222', '222222', '013400', '000000']), ['111111', '111111', '000000', '000000']);
  assert.deepEqual(salient(['000', '010']), ['000', '000']);
});
