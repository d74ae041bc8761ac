import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gradients, source, type Tensor, toModel } from '../engine/index.js';
import { nodeRuntime } from '../engine/runtime/node.js';
import { createTask, type TaskConfig } from './index.js';

type Values = { readonly shape: readonly number[]; readonly data: readonly number[] };

async function run(outputs: Record<string, Tensor>, feeds: Record<string, Values>): Promise<Record<string, number[]>> {
  const model = toModel(outputs);
  const session = await nodeRuntime({ threads: 1 }).open(model.bytes);
  const results = await session.run(
    Object.fromEntries(
      [...model.inputs.keys()].map((name) => [
        name,
        { dtype: 'float32' as const, shape: feeds[name].shape, data: Float32Array.from(feeds[name].data) },
      ]),
    ),
  );
  await session.close();
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, Array.from(data, Number)]));
}

/** Loss and its gradient by the logits. */
async function lossOf(config: TaskConfig, logits: Values, label: Values): Promise<{ loss: number; slope: number[] }> {
  const x = source('logits', logits.shape);
  const loss = createTask('t', config).loss(x, source('label', label.shape));
  assert.deepEqual(loss.shape, []);
  const results = await run({ loss, slope: gradients(loss, [x])[0] }, { logits, label });
  return { loss: results.loss[0], slope: results.slope };
}

async function answerOf(config: TaskConfig, logits: Values): Promise<number[]> {
  const answer = createTask('t', config).answer(source('logits', logits.shape));
  assert.deepEqual(answer.shape, logits.shape);
  return (await run({ answer }, { logits })).answer;
}

function assertClose(found: readonly number[], expected: readonly number[], tolerance = 1e-5): void {
  assert.equal(found.length, expected.length);
  for (const [i, v] of found.entries()) {
    assert.ok(Math.abs(v - expected[i]) <= tolerance * Math.max(1, Math.abs(expected[i])), `${found} not ${expected}`);
  }
}

const two = { kind: 'segmentation', classes: ['floor', 'wall'] };
const image = (channels: number, height: number, width: number, data: readonly number[]): Values => ({
  shape: [1, channels, height, width],
  data,
});

test('class weights weigh the cross entropy and its mean, as in PyTorch', async () => {
  // Pixel 1: logits 0, 0, class 0: ln 2. Pixel 2: logits ln 3, 0, class 1 with probability 1/4: ln 4. Pixel 3: no label.
  const logits = { shape: [1, 2, 1, 3], data: [0, Math.log(3), 5, 0, 0, -5] };
  const label = { shape: [1, 1, 1, 3], data: [0, 1, 255] };
  const config = { kind: 'segmentation', classes: ['a', 'b'], classWeights: [1, 3] };
  const { loss, slope } = await lossOf(config, logits, label);
  assertClose([loss], [(Math.log(2) + 3 * Math.log(4)) / 4]);
  // w (softmax - one hot) / sum of weights
  assertClose(slope, [-0.5 / 4, (3 * 0.75) / 4, 0, 0.5 / 4, (-3 * 0.75) / 4, 0]);
  const nothing = await lossOf(config, logits, { shape: [1, 1, 1, 3], data: [255, 255, 255] });
  assertClose([nothing.loss, ...nothing.slope], [0, 0, 0, 0, 0, 0, 0]);
  assert.throws(() => createTask('t', { ...config, classWeights: [1] }), /as many weights as classes/);
});

test('cross entropy is the mean over labelled pixels of -log softmax, and 255 adds nothing', async () => {
  // Pixel 0: logits (0, 0), class 0: log 2. Pixel 1: (1, 3), class 1: log(1 + e^-2). Pixel 2 is unlabelled.
  const { loss, slope } = await lossOf(two, image(2, 1, 3, [0, 1, 7, 0, 3, -9]), image(1, 1, 3, [0, 1, 255]));
  assertClose([loss], [(Math.LN2 + 0.126928) / 2]);
  // (softmax - one-hot) / 2, with softmax(1, 3) = (0.119203, 0.880797)
  assertClose(slope, [-0.25, 0.0596015, 0, 0.25, -0.0596015, 0]);
});

test('labels of segmentation are brought to the size of the logits by nearest neighbour', async () => {
  // 4 x 4 labels at 2 x 2: rows and columns 0 and 2 are read, giving 1, 255 / 0, 1.
  const label = [1, 9, 255, 9, 9, 9, 9, 9, 0, 9, 1, 9, 9, 9, 9, 9];
  const logits = image(2, 2, 2, [0, 0, 0, 0, 0, 0, Math.log(3), Math.log(3)]);
  const { loss } = await lossOf(two, logits, image(1, 4, 4, label));
  // log 2, then class 0 at softmax 1/4, then class 1 at softmax 3/4
  assertClose([loss], [(Math.log(2) + Math.log(4) + Math.log(4 / 3)) / 3]);
});

test('the loss of normals is 1 - cos with the direction of the logits', async () => {
  // (3, 4, 0) against (0, 1, 0): cos 0.8; (0, 0, 2) against (0, 0, 1): 1; the third is unlabelled.
  const logits = image(3, 1, 3, [3, 0, 5, 4, 0, 5, 0, 2, 5]);
  const { loss, slope } = await lossOf({ kind: 'normals' }, logits, image(3, 1, 3, [0, 0, 0, 1, 0, 0, 0, 1, 0]));
  assertClose([loss], [0.1]);
  // d(1 - cos)/dx = (cos x/|x| - t) / |x| = (0.8 (0.6, 0.8, 0) - (0, 1, 0)) / 5, then halved by the mean
  assertClose(slope, [0.048, 0, 0, -0.036, 0, 0, 0, 0, 0]);
});

test('normals of other lengths than 1 are normalised on both sides', async () => {
  const { loss } = await lossOf({ kind: 'normals' }, image(3, 1, 1, [0, 0, 0.01]), image(3, 1, 1, [0, 3, 4]));
  assertClose([loss], [0.2]);
});

test('logits of length zero cost 1 and have no gradient', async () => {
  const { loss, slope } = await lossOf({ kind: 'normals' }, image(3, 1, 1, [0, 0, 0]), image(3, 1, 1, [0, 0, 1]));
  assert.equal(loss, 1);
  assert.deepEqual(slope, [0, 0, 0]);
});

test('with encoding rgb, normals are learnt and answered through their colour', async () => {
  const rgb = { kind: 'normals', encoding: 'rgb' };
  // (0, 0, 1) has the colour (1, 1, 2) / 2; (0, 0, 5) has cosine 2 / sqrt 6 with it.
  const truth = image(3, 1, 1, [0, 0, 1]);
  assertClose([(await lossOf(rgb, image(3, 1, 1, [1, 1, 2]), truth)).loss], [0]);
  assertClose([(await lossOf(rgb, image(3, 1, 1, [0, 0, 5]), truth)).loss], [1 - 2 / Math.sqrt(6)]);
  // Colours of (0, 0, 1), (0.6, 0, 0.8), (-0.36, 0.48, 0.8), whatever their length, and one that no normal has.
  const colours = [
    [0.5, 0.5, 1],
    [8, 5, 9],
    [0.032, 0.074, 0.09],
    [0, 0, 1],
  ];
  const planar = [0, 1, 2].flatMap((c) => colours.map((colour) => colour[c]));
  const answer = await answerOf(rgb, image(3, 1, 4, planar));
  assertClose(answer, [0, 0.6, -0.36, -1, 0, 0, 0.48, -1, 1, 0.8, 0.8, Math.SQRT2 - 1]);
});

test('the loss of depth is the mean error of the logarithm, around the middle of the usual range', async () => {
  const log = { kind: 'depth', rangeMetres: [0.5, 8] }; // middle: 2 m
  // Logit 0 is 2 m, e times too near; logit 1 is 2e m, e times too far; the third is unlabelled.
  const { loss, slope } = await lossOf(log, image(1, 1, 3, [0, 1, 3]), image(1, 1, 3, [2 * Math.E, 2, 0]));
  assertClose([loss], [1]);
  assertClose(slope, [-0.5, 0.5, 0]);
  assertClose(await answerOf(log, image(1, 1, 2, [0, 1])), [2, 2 * Math.E]);
});

test('the loss of depth can be the mean error in metres', async () => {
  const metres = { kind: 'depth', loss: 'metres', rangeMetres: [0.5, 8] };
  const { loss, slope } = await lossOf(metres, image(1, 1, 2, [0, 0]), image(1, 1, 2, [5, 1]));
  assertClose([loss], [(3 + 1) / 2]);
  // d metres / d logit = 2 sigmoid(0) / log 2 = log2(e)
  assertClose(slope, [-Math.LOG2E / 2, Math.LOG2E / 2]);
  assertClose(await answerOf(metres, image(1, 1, 1, [0])), [2]);
});

test('the loss of boundaries weighs both sides and leaves out 255', async () => {
  const quarter = { kind: 'boundaries', positiveWeight: 0.75 };
  const { loss, slope } = await lossOf(quarter, image(1, 1, 3, [0, 0, 4]), image(1, 1, 3, [1, 0, 255]));
  assertClose([loss], [(0.75 + 0.25) * Math.LN2 * 0.5]);
  assertClose(slope, [-0.75 / 4, 0.25 / 4, 0]);
});

test('the loss of boundaries is computed at the resolution of the labels', async () => {
  const quarter = { kind: 'boundaries', positiveWeight: 0.75 };
  const { loss, slope } = await lossOf(quarter, image(1, 1, 1, [0]), image(1, 2, 2, [1, 0, 0, 0]));
  assertClose([loss], [((0.75 + 3 * 0.25) * Math.LN2) / 4]);
  assertClose(slope, [(-0.75 / 2 + (3 * 0.25) / 2) / 4]);
});

const KINDS: readonly { config: TaskConfig; channels: number; label: number[]; unlabelled: number }[] = [
  { config: two, channels: 2, label: [1, 0], unlabelled: 255 },
  { config: { kind: 'normals' }, channels: 3, label: [0, 0, 0.6, 0, 0.8, 1], unlabelled: 0 },
  { config: { kind: 'normals', encoding: 'rgb' }, channels: 3, label: [0, 0, 0.6, 0, 0.8, 1], unlabelled: 0 },
  { config: { kind: 'depth' }, channels: 1, label: [1e-3, 80], unlabelled: 0 },
  { config: { kind: 'depth', loss: 'metres' }, channels: 1, label: [1e-3, 80], unlabelled: 0 },
  { config: { kind: 'boundaries' }, channels: 1, label: [1, 0], unlabelled: 255 },
];

for (const { config, channels, label, unlabelled } of KINDS) {
  const title = Object.values(config).flat().join(' ');
  const logitsOf = (a: number, b: number) =>
    image(
      channels,
      1,
      2,
      Array.from({ length: 2 * channels }, (_, i) => (i % 2 === 0 ? a : b)),
    );
  const nothing = image(
    label.length / 2,
    1,
    2,
    label.map(() => unlabelled),
  );

  test(`without any label, the loss and its gradient are exactly 0: ${title}`, async () => {
    for (const logits of [logitsOf(0, 0), logitsOf(3, -2), logitsOf(1e4, -1e4)]) {
      const { loss, slope } = await lossOf(config, logits, nothing);
      assert.equal(loss, 0);
      assert.ok(
        slope.every((v) => v === 0),
        `${slope}`,
      );
    }
  });

  test(`extreme logits give finite losses, gradients and answers: ${title}`, async () => {
    for (const logits of [logitsOf(1e4, -1e4), logitsOf(-1e4, 1e4), logitsOf(100, -100), logitsOf(0, 0)]) {
      const { loss, slope } = await lossOf(config, logits, image(label.length / 2, 1, 2, label));
      assert.ok(Number.isFinite(loss) && slope.every(Number.isFinite), `${loss}, ${slope}`);
      const answer = await answerOf(config, logits);
      assert.ok(answer.every(Number.isFinite), `${answer}`);
      if (config.kind === 'depth') assert.ok(Math.min(...answer) > 0);
    }
  });
}

test('extreme logits cost what they should', async () => {
  const wrong = await lossOf(two, image(2, 1, 1, [1e4, -1e4]), image(1, 1, 1, [1]));
  assertClose([wrong.loss, ...wrong.slope], [2e4, 1, -1]);
  const right = await lossOf(two, image(2, 1, 1, [1e4, -1e4]), image(1, 1, 1, [0]));
  assertClose([right.loss, ...right.slope], [0, 0, 0]);
  const missed = await lossOf({ kind: 'boundaries' }, image(1, 1, 1, [-1e4]), image(1, 1, 1, [1]));
  assertClose([missed.loss, ...missed.slope], [0.95e4, -0.95]);
});

test('answers are probabilities, unit vectors and probabilities', async () => {
  assertClose(await answerOf(two, image(2, 1, 1, [0, Math.log(3)])), [0.25, 0.75]);
  assertClose(await answerOf({ kind: 'normals' }, image(3, 1, 1, [3, 4, 0])), [0.6, 0.8, 0]);
  assertClose(await answerOf({ kind: 'boundaries' }, image(1, 1, 2, [0, Math.log(3)])), [0.5, 0.75]);
});
