import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gradients, labelled, mul, relu, source, sum, type Tensor } from './index.js';
import { defineOp, type GradientRule, opTable } from './op.js';

/** An op that doubles a vector, with a gradient rule of one's own. */
const doubled = (name: string, gradient: GradientRule<object>) =>
  defineOp<object>({
    name,
    infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
    gradient,
    emit: ({ writer, inputs: [x], outputs }) => writer.node('Add', [x, x], outputs),
  });
const gradientOf = (op: ReturnType<typeof doubled>, ...more: Tensor[]) => {
  const x = source('x', [3]);
  return gradients(
    labelled('seg.conv1', () => sum(op([x, ...more], {})[0])),
    [x],
  );
};

test('a second op of a name is refused, and the first one stays', () => {
  const first = opTable.get('relu');
  assert.throws(() => doubled('relu', ({ gradient }) => [gradient]), /there is an op named relu already/);
  assert.equal(opTable.get('relu'), first);
  assert.equal(relu(source('x', [1])).node.rules, first);
});

test('a gradient that has not the shape of its input is refused, with op, layer and both shapes', () => {
  const scalar = doubled('gradientOfAScalar', ({ gradient }) => [sum(gradient)]);
  assert.throws(() => gradientOf(scalar), {
    message: 'the gradient rule of gradientOfAScalar in seg.conv1 returns [] for input 0, which is [3]',
  });
});

test('a rule that returns fewer or more gradients than there are inputs is refused', () => {
  const one = doubled('oneGradient', ({ gradient }) => [mul(gradient, 2)]);
  assert.equal(gradientOf(one).length, 1);
  assert.throws(
    () => gradientOf(one, source('y', [3])),
    /the gradient rule of oneGradient in seg\.conv1 returns 1 gradients for 2 inputs/,
  );
});

test('a gradient through an output that the rule does not know is refused rather than lost', () => {
  const pair = defineOp<object>({
    name: 'pair',
    infer: ([x]) => [x, x].map(({ shape, dtype }) => ({ shape, dtype })),
    gradient: ({ gradient }) => [gradient],
    emit: ({ writer, inputs: [x], outputs }) => {
      for (const output of outputs) writer.node('Identity', [x], [output]);
    },
  });
  const x = source('x', [3]);
  const [first, second] = pair([x], {});
  assert.equal(gradients(sum(first), [x]).length, 1);
  assert.throws(() => gradients(sum(mul(first, second)), [x]), /pair has a gradient rule for its first output only/);
});
