/** The mathematics under the weightings, on numbers worked out by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faces, lowest, minimumNormWeights, normalised, solve } from './simplex.js';
import { softmax } from './softmax.js';

const closeAll = (found: readonly number[] | undefined, expected: readonly number[]) => {
  assert.equal(found?.length, expected.length);
  for (const [i, x] of (found ?? []).entries())
    assert.ok(Math.abs(x - expected[i]) < 1e-12, `${found}, expected ${expected}`);
};

test('the faces of a triangle are its corners, its sides and itself', () => {
  assert.deepEqual(faces(3), [[0], [1], [0, 1], [2], [0, 2], [1, 2], [0, 1, 2]]);
});

test('a Gram matrix is normalised by its largest diagonal entry', () => {
  assert.deepEqual(
    normalised([
      [2, -6],
      [-6, 4],
    ]),
    [
      [0.5, -1.5],
      [-1.5, 1],
    ],
  );
});

test('equations are solved for several right sides, whatever the order of their rows', () => {
  // x + 2 y = 5, 3 x + 4 y = 11: (1, 2); for (1, 1): (-1, 1). A 0 in the corner takes an exchange of rows.
  const [x, y] =
    solve(
      [
        [1, 2],
        [3, 4],
      ],
      [5, 11],
      [1, 1],
    ) ?? [];
  closeAll(x, [1, 2]);
  closeAll(y, [-1, 1]);
  // 2 y + z = 7, x = 1, x + z = 4: (1, 2, 3).
  const [z] =
    solve(
      [
        [0, 2, 1],
        [1, 0, 0],
        [1, 0, 1],
      ],
      [7, 1, 4],
    ) ?? [];
  closeAll(z, [1, 2, 3]);
});

test('the largest entry of a column is the pivot, also where it is negative', () => {
  // 1e-20 x + y = 1, -x + y = 0: x = y = 1 to rounding. By the first row as it stands x would come out as 0.
  const [x] =
    solve(
      [
        [1e-20, 1],
        [-1, 1],
      ],
      [1, 0],
    ) ?? [];
  closeAll(x, [1, 1]);
});

test('a matrix whose pivot is 1e-12 or less is singular', () => {
  assert.equal(solve([[1e-12]], [1e-12]), undefined);
  closeAll(solve([[-2e-12]], [4e-12])?.[0], [-2]);
  const dependent = [
    [1, 2],
    [2, 4],
  ];
  assert.equal(solve(dependent, [1, 1]), undefined);
  assert.equal(solve([[Number.NaN]], [1]), undefined);
});

test('of equal candidates the first is the lowest', () => {
  const found = lowest([[3], [1], [2], [-1]], ([x]) => Math.abs(x));
  assert.deepEqual(found, [1]);
});

test('the nearest point of a hull has the weights of its corners', () => {
  // (2, 0) and (0, 1): the nearest point of the line is (0.4, 0.8) = 0.2 (2, 0) + 0.8 (0, 1).
  closeAll(
    minimumNormWeights([
      [4, 0],
      [0, 1],
    ]),
    [0.2, 0.8],
  );
  // Orthogonal vectors of lengths 1, 2 and 3: weights go as 1 / length^2, so 36 : 9 : 4 of 49.
  closeAll(
    minimumNormWeights([
      [1, 0, 0],
      [0, 4, 0],
      [0, 0, 9],
    ]),
    [36 / 49, 9 / 49, 4 / 49],
  );
});

test('a softmax neither overflows nor underflows as a whole', () => {
  // e^0 : e^(ln 3) = 1 : 3, however large the common part.
  for (const common of [0, 1000, -1000]) closeAll(softmax([common, common + Math.log(3)]), [1 / 4, 3 / 4]);
  assert.deepEqual(softmax([0, 1000]), [0, 1]);
});
