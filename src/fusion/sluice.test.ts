import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBackbone } from '../backbones/index.js';
import { evaluate } from '../engine/gradients.test.support.js';
import { addAll, type Floats, float64, sizeOf } from '../engine/index.js';
import { nodeRuntime } from '../engine/runtime/node.js';
import { NddrError } from '../errors.js';
import { buildNetwork } from '../network.js';
import { initialValues, parameterCount, type Values } from '../nn/scope.js';
import { Random } from '../random.js';
import { CompiledStep } from '../train/step.js';
import { buildStep } from '../train/step-graph.js';
import { createFusion } from './index.js';
import { imageOf, joined, pass, startOf, variablesOf } from './joined.test.fixture.js';

/** Two channels, two pixels: subspaces of one channel each. */
const SHAPE = [1, 2, 1, 2];
const a = Float32Array.of(1, 2, 3, 4);
const b = Float32Array.of(10, 20, 30, 40);

test('every subspace goes on as a sum of all subspaces of all tasks', async () => {
  const { seen } = await pass(createFusion({ kind: 'sluice' }), [[a, b]], SHAPE, {
    // Rows and columns: a1 a2 b1 b2.
    'sluice1.alpha': [1, 0, 0, 0.5, 0, 2, 0, 0, 1, 1, 0, 0, 0, 0, -1, 1],
    'sluice.a.beta': [1],
    'sluice.b.beta': [1],
  });
  assert.deepEqual(seen, [
    // a1 + b2 / 2: 1 + 15, 2 + 20; 2 a2
    [16, 22, 6, 8],
    // a1 + a2; b2 - b1
    [4, 6, 20, 20],
  ]);
});

test('a subspace of several channels moves as a whole', async () => {
  const x = Float32Array.of(1, 2, 3, 4);
  // One task, subspaces of two channels: the first becomes the second.
  const { seen } = await pass(
    createFusion({ kind: 'sluice' }),
    [[x]],
    [1, 4, 1, 1],
    { 'sluice1.alpha': [0, 1, 2, 0], 'sluice.a.beta': [1] },
    { tasks: ['a'] },
  );
  assert.deepEqual(seen, [[3, 4, 2, 4]]);
});

test('heads see a mixture of the stages, projected where their channels differ', async () => {
  const own = [1, 0, 0, 1];
  const fusion = createFusion({ kind: 'sluice' });
  const stages = [
    [Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8)], // four channels
    [Float32Array.of(10, 20, 30, 40)],
    [Float32Array.of(100, 200, 300, 400)],
  ];
  const { seen, paths } = await pass(
    fusion,
    stages,
    SHAPE,
    {
      'sluice1.alpha': own,
      'sluice2.alpha': own,
      'sluice3.alpha': own,
      'sluice.a.beta': [0.5, 0.1, 2],
      'sluice.a.stage1.weight': [1, 0, 0, 1, 0, 2, 0, 0], // c1 + c4, 2 c2
    },
    { tasks: ['a'] },
  );
  assert.deepEqual(
    seen[0].map((value) => Math.round(value * 1e9) / 1e9),
    [0.5 * 8 + 1 + 200, 0.5 * 10 + 2 + 400, 0.5 * 6 + 3 + 600, 0.5 * 8 + 4 + 800],
  );
  assert.ok(!paths.includes('sluice.a.stage2.weight'));
});

test('first weights favour the own subspace and the last stage', () => {
  const variables = variablesOf(joined({ kind: 'sluice', alpha: 0.75, beta: 0.75, lastStage: 0.5 }, 2));
  const values = initialValues(variables, new Random(1));
  assert.deepEqual(
    [...(values.get('sluice2.alpha') ?? [])],
    [0.75, 0.25, 0.25, 0.25, 0.25, 0.75, 0.25, 0.25, 0.25, 0.25, 0.75, 0.25, 0.25, 0.25, 0.25, 0.75],
  );
  assert.deepEqual([...(values.get('sluice.seg.beta') ?? [])], [0.25, 0.25, 0.5]);
});

test('subspaces that look alike are penalised, in training only', async () => {
  // Mean over the pixels of c1 c2: a (1 * 3 + 2 * 4) / 2 = 5.5, b a hundred times that.
  const values = { 'sluice1.alpha': Array(16).fill(0), 'sluice.a.beta': [1], 'sluice.b.beta': [1] };
  const penaltyOf = async (mode: 'train' | 'evaluate', orthogonality: number) =>
    (await pass(createFusion({ kind: 'sluice', orthogonality }), [[a, b]], SHAPE, values, { mode })).penalty;
  assert.equal(await penaltyOf('train', 0.5), 0.5 * (5.5 ** 2 + 550 ** 2));
  assert.equal(await penaltyOf('train', 0), 0);
  assert.equal(await penaltyOf('evaluate', 0.5), 0);
  assert.equal(buildNetwork(joined({ kind: 'sluice' }, 2), 'train', [2, 8, 8]).build.penalties.length, 0);
});

test('the penalty of wider subspaces is a mean over the pixels of all images', async () => {
  // Images (1 2 | 3 4) and (1 0 | 2 1): G_a^T G_b = (3 4, 6 8) + (2 1, 0 0) = (5 5, 6 8), halved (2.5 2.5, 3 4).
  const { penalty } = await pass(
    createFusion({ kind: 'sluice', orthogonality: 1 }),
    [[Float32Array.of(1, 2, 3, 4, 1, 0, 2, 1)]],
    [2, 4, 1, 1],
    { 'sluice1.alpha': Array(4).fill(0), 'sluice.a.beta': [1] },
    { tasks: ['a'], mode: 'train' },
  );
  assert.equal(penalty, 6.25 + 6.25 + 9 + 16);
});

test('of three subspaces every pair counts', async () => {
  const x = Float32Array.of(1, 2, 3);
  const { penalty } = await pass(
    createFusion({ kind: 'sluice', subspaces: 3, orthogonality: 1 }),
    [[x]],
    [1, 3, 1, 1],
    { 'sluice1.alpha': Array(9).fill(0), 'sluice.a.beta': [1] },
    { tasks: ['a'], mode: 'train' },
  );
  assert.equal(penalty, 2 ** 2 + 3 ** 2 + 6 ** 2);
});

test('the penalty is part of what training lowers', async () => {
  const [batch, height, width] = [2, 9, 7];
  const network = (orthogonality: number) => joined({ kind: 'sluice', orthogonality }, 2);
  const start = startOf(network(0));
  const image = imageOf([batch, 3, height, width]);
  const labels = { seg: new Float64Array(batch * 63), normal: new Float64Array(batch * 3 * 63).fill(1) };
  const gradientsOf = async (orthogonality: number) => {
    const graph = buildStep({ network: network(orthogonality), batch, height, width, target: float64 });
    const values: Values<Floats> = new Map([...start].map(([path, array]) => [path, Float64Array.from(array)]));
    const step = await CompiledStep.open(graph, nodeRuntime({ threads: 1 }), values);
    const { gradients } = await step.run({ image, labels, masks: {} });
    await step.close();
    return gradients;
  };
  const penaltyAt = async (values: ReadonlyMap<string, ArrayLike<number>>) => {
    const { penalties } = buildNetwork(network(1), 'train', [batch, height, width]).build;
    const found = await evaluate({ sum: addAll(penalties) }, { image, ...Object.fromEntries(values) }, float64);
    return found.sum[0];
  };
  // Gradients with the penalty less those without are the penalty's own: along them it falls as fast as they are long.
  const [without, withPenalty] = [await gradientsOf(0), await gradientsOf(1)];
  const rate = 1e-7;
  let squares = 0;
  const moved = new Map<string, ArrayLike<number>>(start);
  for (const [path, gradient] of withPenalty) {
    const own = gradient.map((g, i) => g - (without.get(path)?.[i] ?? Number.NaN));
    for (const g of own) squares += g * g;
    moved.set(
      path,
      Array.from(own, (g, i) => (start.get(path)?.[i] ?? Number.NaN) - rate * g),
    );
  }
  const lowered = (await penaltyAt(start)) - (await penaltyAt(moved));
  assert.ok(squares > 0.01 && Math.abs(lowered / (rate * squares) - 1) < 0.01, `${lowered}, ${rate * squares}`);
});

test('alpha and beta follow the rate of the fusion layers, projections the base rate', () => {
  const variables = variablesOf(joined({ kind: 'sluice' }, 2)).filter(({ path }) => path.startsWith('sluice'));
  assert.deepEqual(
    variables.map(({ path, shape, group, role }) => [path, sizeOf(shape), group, role]),
    [
      ['sluice1.alpha', 16, 'fusion', 'mixing'],
      ['sluice2.alpha', 16, 'fusion', 'mixing'],
      ['sluice3.alpha', 16, 'fusion', 'mixing'],
      ...['seg', 'normal'].flatMap((task) => [
        [`sluice.${task}.beta`, 3, 'fusion', 'mixing'],
        [`sluice.${task}.stage1.weight`, 6 * 4, 'base', 'weight'],
        [`sluice.${task}.stage2.weight`, 6 * 4, 'base', 'weight'],
      ]),
    ],
  );
});

test('on VGG-16 it adds alpha, beta and three projections a task', () => {
  const backbone = createBackbone({ kind: 'vgg16', width: 1, keep: 0.5 });
  const countOf = (kind: 'single' | 'sluice') =>
    parameterCount(buildNetwork({ ...joined({ kind }, 2), backbone }, 'train', [1, 33, 33]).build.variables.values());
  const projections = (64 + 128 + 256) * 512;
  assert.equal(countOf('sluice') - countOf('single'), 5 * 4 * 4 + 2 * (5 + projections));
});

test('subspaces that do not fit the channels are an error that names the stage', () => {
  assert.throws(
    () => variablesOf(joined({ kind: 'sluice', subspaces: 4 }, 2)),
    (error: Error) =>
      error instanceof NddrError &&
      /network\.fusion\.subspaces: 4 subspaces .* the 6 channels of stage 3/.test(error.message),
  );
});
