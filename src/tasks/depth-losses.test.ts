import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClose, image, lossOf } from './losses.test.fixture.js';

test('berHu is the error in metres up to a fifth of the greatest one, and a parabola from there', async () => {
  // Logit 0 is 2 m. Errors -5, 0.5 and 2 m: c = 1. One has no label.
  const config = { kind: 'depth', loss: 'berhu', rangeMetres: [0.5, 8] };
  const label = image(1, 1, 4, [7, 1.5, 0, 1e-6]);
  const logits = image(1, 1, 4, [0, 0, 50, 0]);
  const { loss, gradient } = await lossOf(config, logits, label);
  assertClose([loss], [((25 + 1) / 2 + 0.5 + (4 + 1) / 2) / 3], 1e-4);
  // By metres: e / c where |e| > c, else its sign; times d metres / d logit = 1 / ln 2, by 3.
  assertClose(
    gradient,
    [-5, 1, 0, 2].map((v) => (v * Math.LOG2E) / 3),
    1e-4,
  );
  // Where the greatest error stays, the others' gradients are those of finite differences.
  for (const i of [1, 3]) {
    const at = async (shift: number) =>
      (await lossOf(config, { ...logits, data: logits.data.map((v, j) => (j === i ? v + shift : v)) }, label)).loss;
    const difference = ((await at(1 / 128)) - (await at(-1 / 128))) * 64;
    assert.ok(Math.abs(difference - gradient[i]) < 2e-3, `${difference}, ${gradient[i]}`);
  }
  // Errors -0.5 and 0.04 m: c = 0.1, whatever lies where no label is.
  const small = await lossOf(config, image(1, 1, 3, [0, 0, 0]), image(1, 1, 3, [2.5, 1.96, 0]));
  assertClose([small.loss], [((0.25 + 0.01) / 0.2 + 0.04) / 2], 1e-4);
  const right = await lossOf(config, image(1, 1, 1, [0]), image(1, 1, 1, [2]));
  assert.ok(right.loss < 1e-6 && right.gradient.every(Number.isFinite));
});

test('the scale-invariant loss takes off half of what an image is off as a whole, image by image', async () => {
  const config = { kind: 'depth', loss: 'scale-invariant', rangeMetres: [0.5, 8] };
  // Image 1: d = 1 and 3, mean of squares 5, squared mean 4. Image 2: d = 2 and no label. Image 3: none.
  const logits = { shape: [3, 1, 1, 2], data: [1, 3, 2, 9, 5, 5] };
  const label = { shape: [3, 1, 1, 2], data: [2, 2, 2, 0, 0, 0] };
  const { loss, gradient } = await lossOf(config, logits, label);
  assertClose([loss], [(5 - 2 + (4 - 2)) / 2]);
  // 2 d / n - 2 lambda sum d / n^2, by 2 images: (1 - 1) / 2, (3 - 1) / 2, (4 - 2) / 2.
  assertClose(gradient, [0, 1, 1, 0, 0, 0]);
});
