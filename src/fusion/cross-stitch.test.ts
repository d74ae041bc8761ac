import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBackbone } from '../backbones/index.js';
import { buildNetwork } from '../network.js';
import { initialValues, parameterCount, type Variable } from '../nn/scope.js';
import { Random } from '../random.js';
import { createFusion, type FusionConfig } from './index.js';
import { joined, pass, variablesOf } from './joined.test.fixture.js';

/** Two channels of one pixel in two images. */
const SHAPE = [2, 2, 1, 1];
const a = Float32Array.of(1, 2, 3, 4);
const b = Float32Array.of(10, 20, 30, 40);

test('every channel of a task goes on as a sum of all tasks, by coefficients of its own', async () => {
  const { seen } = await pass(createFusion({ kind: 'cross-stitch' }), [[a, b]], SHAPE, {
    // w_aa, w_ab, w_ba, w_bb: one number a channel each.
    'stitch1.weight': [0.5, 0.25, 0.1, 0.2, 2, 3, -1, 0],
  });
  assert.deepEqual(seen, [
    // 0.5 * 1 + 0.1 * 10, 0.25 * 2 + 0.2 * 20, 0.5 * 3 + 0.1 * 30, 0.25 * 4 + 0.2 * 40
    [1.5, 4.5, 4.5, 9],
    // 2 * 1 - 10, 3 * 2, 2 * 3 - 30, 3 * 4
    [-8, 6, -24, 12],
  ]);
});

test('or by coefficients that all channels share', async () => {
  const fusion = createFusion({ kind: 'cross-stitch', perChannel: false });
  const { seen } = await pass(fusion, [[a, b]], SHAPE, { 'stitch1.weight': [0.5, 0.25, -1, 2] });
  assert.deepEqual(seen, [
    [3, 6, 9, 12],
    [19, 38, 57, 76],
  ]);
});

const stitches = (config: FusionConfig, taskCount: number): Variable[] =>
  variablesOf(joined(config, taskCount)).filter(({ path }) => path.startsWith('stitch'));

test('coefficients start with alpha for a task itself, and share beta among the others', () => {
  const [first] = stitches({ kind: 'cross-stitch', alpha: 0.75, beta: 0.5, perChannel: false }, 3);
  assert.deepEqual(
    [...initialValues([first], new Random(1)).values()].map((values) => [...values]),
    [[0.75, 0.25, 0.25, 0.25, 0.75, 0.25, 0.25, 0.25, 0.75]],
  );
});

test('coefficients are fusion layers and do not decay', () => {
  for (const { group, role } of stitches({ kind: 'cross-stitch' }, 2))
    assert.deepEqual([group, role], ['fusion', 'mixing']);
});

test('it adds T x T coefficients a stage, and as many again for each further channel', () => {
  assert.equal(parameterCount(stitches({ kind: 'cross-stitch', perChannel: false }, 3)), 3 * 9);
  assert.equal(parameterCount(stitches({ kind: 'cross-stitch' }, 3)), (4 + 4 + 6) * 9);
  // VGG-16 with the tasks of the paper: two single-task networks, and 4 numbers for each of its stages' channels.
  const { build } = buildNetwork(
    {
      ...joined({ kind: 'cross-stitch' }, 2),
      backbone: createBackbone({ kind: 'vgg16', width: 1, keep: 0.5 }),
    },
    'train',
    [1, 33, 33],
  );
  const single = (channels: number) => 20_490_176 + 1025 * channels;
  assert.equal(parameterCount(build.variables.values()), single(3) + single(3) + 4 * (64 + 128 + 256 + 512 + 512));
});
