import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../random.js';
import { pair, taskCases } from './cases.test.fixture.js';
import { createTask } from './index.js';
import { answerOf, assertClose, image, lossOf, two, type Values } from './losses.test.fixture.js';
import { UNKNOWN_NUMBER } from './regression.js';

test('class weights weigh the cross entropy and its mean, as in PyTorch', async () => {
  // Pixel 1: logits 0, 0, class 0: ln 2. Pixel 2: logits ln 3, 0, class 1 with probability 1/4: ln 4. Pixel 3: no
  // label.
  const logits = { shape: [1, 2, 1, 3], data: [0, Math.log(3), 5, 0, 0, -5] };
  const label = { shape: [1, 1, 1, 3], data: [0, 1, 255] };
  const config = { kind: 'segmentation', classes: ['a', 'b'], classWeights: [1, 3] };
  const { loss, gradient } = await lossOf(config, logits, label);
  assertClose([loss], [(Math.log(2) + 3 * Math.log(4)) / 4]);
  // w (softmax - one hot) / sum of weights
  assertClose(gradient, [-0.5 / 4, (3 * 0.75) / 4, 0, 0.5 / 4, (-3 * 0.75) / 4, 0]);
  const nothing = await lossOf(config, logits, { shape: [1, 1, 1, 3], data: [255, 255, 255] });
  assertClose([nothing.loss, ...nothing.gradient], [0, 0, 0, 0, 0, 0, 0]);
  assert.throws(() => createTask('t', { ...config, classWeights: [1] }), /as many weights as classes/);
});

test('cross entropy is the mean over labelled pixels of -log softmax, and 255 adds nothing', async () => {
  // Pixel 0: logits (0, 0), class 0: log 2. Pixel 1: (1, 3), class 1: log(1 + e^-2). Pixel 2 is unlabelled.
  const { loss, gradient } = await lossOf(two, image(2, 1, 3, [0, 1, 7, 0, 3, -9]), image(1, 1, 3, [0, 1, 255]));
  assertClose([loss], [(Math.LN2 + 0.126928) / 2]);
  // (softmax - one-hot) / 2, with softmax(1, 3) = (0.119203, 0.880797)
  assertClose(gradient, [-0.25, 0.0596015, 0, 0.25, -0.0596015, 0]);
});

test('the loss of normals is 1 - cos with the direction of the logits', async () => {
  // (3, 4, 0) against (0, 1, 0): cos 0.8; (0, 0, 2) against (0, 0, 1): 1; the third is unlabelled.
  const logits = image(3, 1, 3, [3, 0, 5, 4, 0, 5, 0, 2, 5]);
  const { loss, gradient } = await lossOf({ kind: 'normals' }, logits, image(3, 1, 3, [0, 0, 0, 1, 0, 0, 0, 1, 0]));
  assertClose([loss], [0.1]);
  // d(1 - cos)/dx = (cos x/|x| - t) / |x| = (0.8 (0.6, 0.8, 0) - (0, 1, 0)) / 5, then halved by the mean
  assertClose(gradient, [0.048, 0, 0, -0.036, 0, 0, 0, 0, 0]);
});

test('normals of other lengths than 1 are normalised on both sides', async () => {
  const { loss } = await lossOf({ kind: 'normals' }, image(3, 1, 1, [0, 0, 0.01]), image(3, 1, 1, [0, 3, 4]));
  assertClose([loss], [0.2]);
  const tiny = await lossOf({ kind: 'normals' }, image(3, 1, 1, [0, 0, 1e-4]), image(3, 1, 1, [0, 3e-5, 4e-5]));
  assertClose([tiny.loss], [0.2]);
  assertClose(await answerOf({ kind: 'normals' }, image(3, 1, 1, [0, 6e-5, 8e-5])), [0, 0.6, 0.8]);
});

test('logits of length zero cost 1 and have no gradient', async () => {
  const { loss, gradient } = await lossOf({ kind: 'normals' }, image(3, 1, 1, [0, 0, 0]), image(3, 1, 1, [0, 0, 1]));
  assert.equal(loss, 1);
  assert.deepEqual(gradient, [0, 0, 0]);
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
  const { loss, gradient } = await lossOf(log, image(1, 1, 3, [0, 1, 3]), image(1, 1, 3, [2 * Math.E, 2, 0]));
  assertClose([loss], [1]);
  assertClose(gradient, [-0.5, 0.5, 0]);
  assertClose(await answerOf(log, image(1, 1, 2, [0, 1])), [2, 2 * Math.E]);
  // Answers are at most 2 e^10 and at least 2 e^-10 m.
  const [most, least] = await answerOf(log, image(1, 1, 2, [12, -12]));
  assertClose([most / Math.exp(10), least * Math.exp(10)], [2, 2], 1e-5);
});

test('the loss of depth can be the mean error in metres', async () => {
  const metres = { kind: 'depth', loss: 'metres', rangeMetres: [0.5, 8] };
  const { loss, gradient } = await lossOf(metres, image(1, 1, 2, [0, 0]), image(1, 1, 2, [5, 1]));
  assertClose([loss], [(3 + 1) / 2]);
  // d metres / d logit = 2 sigmoid(0) / log 2 = log2(e)
  assertClose(gradient, [-Math.LOG2E / 2, Math.LOG2E / 2]);
  assertClose(await answerOf(metres, image(1, 1, 1, [0])), [2]);
});

test('the loss of boundaries weighs both sides and leaves out 255', async () => {
  const quarter = { kind: 'boundaries', positiveWeight: 0.75 };
  const { loss, gradient } = await lossOf(quarter, image(1, 1, 3, [0, 0, 4]), image(1, 1, 3, [1, 0, 255]));
  assertClose([loss], [(0.75 + 0.25) * Math.LN2 * 0.5]);
  assertClose(gradient, [-0.75 / 4, 0.25 / 4, 0]);
});

test('the loss of boundaries is computed at the resolution of the labels', async () => {
  const quarter = { kind: 'boundaries', positiveWeight: 0.75 };
  const { loss, gradient } = await lossOf(quarter, image(1, 1, 1, [0]), image(1, 2, 2, [1, 0, 0, 0]));
  assertClose([loss], [((0.75 + 3 * 0.25) * Math.LN2) / 4]);
  assertClose(gradient, [(-0.75 / 2 + (3 * 0.25) / 2) / 4]);
});

for (const [kind, cases] of Object.entries(taskCases)) {
  for (const { config, labels } of cases) {
    const { channels, label: spec, level } = createTask('t', config);
    const title = [kind, ...Object.values(config).slice(1).flat()].join(' ');
    const logitsOf = (a: number, b: number) => pair(level, [new Array(channels).fill(a), new Array(channels).fill(b)]);
    const nothing = pair(
      level,
      [0, 1].map(() => new Array(spec.channels).fill(spec.unlabelled)),
    );

    test(`without any label, the loss and its gradient are exactly 0: ${title}`, async () => {
      for (const logits of [logitsOf(0, 0), logitsOf(3, -2), logitsOf(1e4, -1e4)]) {
        const { loss, gradient } = await lossOf(config, logits, nothing);
        assert.equal(loss, 0);
        assert.ok(
          gradient.every((v) => v === 0),
          `${gradient}`,
        );
      }
    });

    test(`extreme logits give finite losses, gradients and answers: ${title}`, async () => {
      for (const logits of [logitsOf(1e4, -1e4), logitsOf(-1e4, 1e4), logitsOf(100, -100), logitsOf(0, 0)]) {
        const { loss, gradient } = await lossOf(config, logits, pair(level, labels));
        assert.ok(Number.isFinite(loss) && gradient.every(Number.isFinite), `${loss}, ${gradient}`);
        const answer = await answerOf(config, logits);
        assert.ok(answer.every(Number.isFinite), `${answer}`);
        if (kind === 'depth') assert.ok(Math.min(...answer) > 0);
      }
    });

    // The gradient of berHu leaves out that of its bend: see depth-losses.test.ts.
    if (config.loss === 'berhu') continue;
    test(`the gradient of the loss agrees with finite differences: ${title}`, async () => {
      const random = new Random(title);
      const values = [0, 1].map(() => Array.from({ length: channels }, () => random.uniform(-1, 1)));
      const logits = pair(level, values);
      const { gradient } = await lossOf(config, logits, pair(level, labels));
      assert.ok(gradient.some((v) => v !== 0));
      const step = 1 / 256;
      for (let i = 0; i < logits.data.length; i++) {
        const at = async (shift: number) => {
          const data = logits.data.map((v, j) => (j === i ? v + shift : v));
          return (await lossOf(config, { ...logits, data }, pair(level, labels))).loss;
        };
        const difference = ((await at(step)) - (await at(-step))) / (2 * step);
        assert.ok(
          Math.abs(difference - gradient[i]) < 2e-3 * Math.max(1, Math.abs(gradient[i])),
          `${difference}, ${gradient[i]}`,
        );
      }
    });

    test(`a part without a label takes no part in the loss of the others: ${title}`, async () => {
      const [first, none] = [labels[0], new Array(spec.channels).fill(spec.unlabelled)];
      const half = await lossOf(config, logitsOf(0.5, 7), pair(level, [first, none]));
      const other = await lossOf(config, logitsOf(0.5, -3), pair(level, [first, none]));
      assert.equal(half.loss, other.loss);
      // Of the second part, every second number of pixels and the second half of images.
      const ofSecond = half.gradient.filter((_, i) => (level === 'image' ? i >= channels : i % 2 === 1));
      assert.ok(
        ofSecond.every((v) => v === 0),
        `${half.gradient}`,
      );
    });
  }
}

test('the loss of saliency weighs each side by the share of the other in the batch', async () => {
  // One of three labelled pixels is salient: w(1) = 2/3, w(0) = 1/3. Logits 0, ln 3, 0 and one without a label.
  const logits = image(1, 1, 4, [0, Math.log(3), 0, 5]);
  const label = image(1, 1, 4, [1, 0, 0, 255]);
  const { loss, gradient } = await lossOf({ kind: 'saliency' }, logits, label);
  // -log sigmoid(0) = ln 2; -log(1 - 3/4) = ln 4; ln 2
  assertClose([loss], [((2 / 3) * Math.log(2) + (1 / 3) * Math.log(4) + (1 / 3) * Math.log(2)) / 3]);
  // w (sigmoid - label) / 3
  assertClose(gradient, [-((2 / 3) * 0.5) / 3, ((1 / 3) * 0.75) / 3, ((1 / 3) * 0.5) / 3, 0]);
  // With one side only there is nothing to balance it with, and its weight is 0.
  assert.equal((await lossOf({ kind: 'saliency' }, image(1, 1, 2, [3, 3]), image(1, 1, 2, [0, 0]))).loss, 0);
  assert.equal((await lossOf({ kind: 'saliency' }, image(1, 1, 1, [3]), image(1, 1, 1, [0]))).loss, 0);
});

const perImage = (rows: readonly (readonly number[])[]): Values => pair('image', rows);

test('the loss of a classification is the mean over labelled images, weighted where weights are given', async () => {
  const classes = ['a', 'b', 'c'];
  // Softmax of (0, 0, ln 2): (1/4, 1/4, 1/2). Image 1 is of class c: ln 2; image 2 of class a: ln 4; image 3
  // unlabelled.
  const logits = perImage([
    [0, 0, Math.log(2)],
    [0, 0, Math.log(2)],
    [9, 9, 9],
  ]);
  const label = perImage([[2], [0], [65535]]);
  const plain = await lossOf({ kind: 'classification', classes }, logits, label);
  assertClose([plain.loss], [(Math.log(2) + Math.log(4)) / 2]);
  assertClose(plain.gradient, [0.125, 0.125, -0.25, -0.375, 0.125, 0.25, 0, 0, 0]);
  const weighted = await lossOf({ kind: 'classification', classes, classWeights: [3, 1, 1] }, logits, label);
  assertClose([weighted.loss], [(Math.log(2) + 3 * Math.log(4)) / 4]);
});

test('the loss of several labels is the mean over the known ones', async () => {
  const config = { kind: 'multilabel', classes: ['a', 'b'] };
  // Image 1: a shown at logit 0, b unknown. Image 2: a not shown at ln 3 (sigmoid 3/4), b shown at ln 3.
  const { loss, gradient } = await lossOf(
    config,
    perImage([
      [0, 4],
      [Math.log(3), Math.log(3)],
    ]),
    perImage([
      [1, 255],
      [0, 1],
    ]),
  );
  assertClose([loss], [(Math.log(2) + Math.log(4) + Math.log(4 / 3)) / 3]);
  assertClose(gradient, [-0.5 / 3, 0, 0.75 / 3, -0.25 / 3]);
  assertClose(await answerOf(config, perImage([[0, Math.log(3)]])), [0.5, 0.75]);
});

test('the loss of numbers is in deviations from the mean, absolute or squared, over the known ones', async () => {
  const config = { kind: 'regression', names: ['age', 'size'], mean: [30, 1], deviation: [10, 0.5] };
  const logits = perImage([
    [0, 0],
    [2, 1],
  ]);
  // Targets: (50 - 30) / 10 = 2, (0.75 - 1) / 0.5 = -0.5; (25 - 30) / 10 = -0.5; the last is unknown.
  const label = perImage([
    [50, 0.75],
    [25, UNKNOWN_NUMBER],
  ]);
  const absolute = await lossOf({ ...config, loss: 'l1' }, logits, label);
  assertClose([absolute.loss, ...absolute.gradient], [(2 + 0.5 + 2.5) / 3, -1 / 3, 1 / 3, 1 / 3, 0]);
  const squared = await lossOf({ ...config, loss: 'l2' }, logits, label);
  assertClose([squared.loss, ...squared.gradient], [(4 + 0.25 + 6.25) / 3, -4 / 3, 1 / 3, 5 / 3, 0]);
  assertClose(await answerOf(config, logits), [30, 1, 50, 1.5]);
});

test('extreme logits cost what they should', async () => {
  const wrong = await lossOf(two, image(2, 1, 1, [1e4, -1e4]), image(1, 1, 1, [1]));
  assertClose([wrong.loss, ...wrong.gradient], [2e4, 1, -1]);
  const right = await lossOf(two, image(2, 1, 1, [1e4, -1e4]), image(1, 1, 1, [0]));
  assertClose([right.loss, ...right.gradient], [0, 0, 0]);
  const missed = await lossOf({ kind: 'boundaries' }, image(1, 1, 1, [-1e4]), image(1, 1, 1, [1]));
  assertClose([missed.loss, ...missed.gradient], [0.95e4, -0.95]);
});

test('answers are probabilities, unit vectors and probabilities', async () => {
  assertClose(await answerOf(two, image(2, 1, 1, [0, Math.log(3)])), [0.25, 0.75]);
  assertClose(await answerOf({ kind: 'normals' }, image(3, 1, 1, [3, 4, 0])), [0.6, 0.8, 0]);
  for (const kind of ['boundaries', 'saliency'])
    assertClose(await answerOf({ kind }, image(1, 1, 2, [0, Math.log(3)])), [0.5, 0.75]);
});
