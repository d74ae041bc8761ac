import assert from 'node:assert/strict';
import { test } from 'node:test';
import { source } from '../engine/index.js';
import { frequencyWeights } from './classes.js';
import { createTask } from './index.js';
import { assertClose, image, lossOf, two } from './losses.test.fixture.js';

const closeTo = (p: number) => Math.log(p / (1 - p)); // the logit, against 0, of a probability

test('the focal loss multiplies each pixel by (1 - p)^gamma, with weights as the cross entropy has them', async () => {
  // Truth b at p = 1/4, truth a at p = 1/2, one unlabelled.
  const logits = image(2, 1, 3, [0, 0, 0, closeTo(1 / 4), 0, 9]);
  const label = image(1, 1, 3, [1, 0, 255]);
  const focal = { ...two, loss: 'focal' };
  const { loss } = await lossOf(focal, logits, label);
  assertClose([loss], [((9 / 16) * Math.log(4) + (1 / 4) * Math.log(2)) / 2]);
  const third = await lossOf({ ...focal, focalGamma: 3, classWeights: [1, 3] }, logits, label);
  assertClose([third.loss], [(3 * (27 / 64) * Math.log(4) + (1 / 8) * Math.log(2)) / 4]);
  // Gamma 0 is the cross entropy.
  const plain = await lossOf(two, logits, label);
  const zero = await lossOf({ ...focal, focalGamma: 0 }, logits, label);
  assertClose([zero.loss, ...zero.gradient], [plain.loss, ...plain.gradient]);
});

test('of hard examples, pixels of a probability from the threshold on cost nothing', async () => {
  // Truths at p = 1/4, 1/2 and 0.9; unlabelled.
  const logits = image(2, 1, 4, [0, 0, 0, 0, closeTo(1 / 4), 0, closeTo(0.9), -9]);
  const label = image(1, 1, 4, [1, 0, 1, 255]);
  const hard = await lossOf({ ...two, loss: 'ohem' }, logits, label);
  assertClose([hard.loss], [(Math.log(4) + Math.log(2)) / 2]);
  // (softmax - one hot) / 2 where hard.
  assertClose(hard.gradient, [0.375, -0.25, 0, 0, -0.375, 0.25, 0, 0]);
  const hardest = await lossOf({ ...two, loss: 'ohem', ohemThreshold: 0.3 }, logits, label);
  assertClose([hardest.loss], [Math.log(4)]);
  // One of three is hard, which is less than two thirds: divided by 2.
  const few = await lossOf({ ...two, loss: 'ohem', ohemThreshold: 0.3, ohemShare: 2 / 3 }, logits, label);
  assertClose([few.loss], [Math.log(4) / 2]);
  const none = await lossOf({ ...two, loss: 'ohem', ohemThreshold: 0.1 }, logits, label);
  assertClose([none.loss, ...none.gradient], new Array(9).fill(0));
  // With weights 1 and 3: 3 ln 4 + ln 2 over 4.
  const weighted = await lossOf({ ...two, loss: 'ohem', classWeights: [1, 3] }, logits, label);
  assertClose([weighted.loss], [(3 * Math.log(4) + Math.log(2)) / 4]);
});

test('weights by frequency are 1 / log(1.02 + f), and have to be counted before a loss is made', () => {
  assertClose(frequencyWeights([1, 0.1, 0]), [1.422, 8.818, 50.5], 1e-3);
  const task = createTask('t', { kind: 'segmentation', classes: ['a', 'b'], classWeights: 'frequency' });
  const x = source('x', [1, 2, 1, 1]);
  assert.throws(() => task.loss(x, source('y', [1, 1, 1, 1])), /classWeights "frequency".*completeConfig/s);
});
