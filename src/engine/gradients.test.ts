import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from './gradients.test.cases.js';
import { allTargets, checkGradients, evaluate } from './gradients.test.support.js';
import type { Tensor } from './index.js';
import * as nn from './index.js';
import { opTable } from './op.js';

/** Ops without a gradient that no gradient uses either: [their value, worked by hand]. */
const indicators: Record<string, readonly [Tensor, readonly number[]]> = (() => {
  const x = nn.constant(Float32Array.of(3, -1, 0, 3), [1, 4]);
  const x4 = nn.asPixels(nn.reshape(x, [1, 1, 1, 4]));
  const bits = nn.greater(x, nn.constant(Float32Array.of(2, -2, 5, 7), [1, 4])); // 1 1 0 0
  return {
    argMax: [nn.cast(nn.argMax(x, 1), 'float32'), [0]],
    dropoutFactors: [
      nn.dropoutFactors(nn.cast(nn.constant(Float32Array.of(0, 127, 128, 255), [4]), 'uint8'), 128),
      [2, 2, 0, 0],
    ],
    logicalAnd: [nn.cast(nn.logicalAnd(bits, nn.less(x, 1)), 'float32'), [0, 1, 0, 0]],
    oneHot: [
      nn.oneHot(nn.cast(nn.constant(Float32Array.of(2, 0, 255), [3, 1]), 'int32'), 3, 1),
      [0, 0, 1, 1, 0, 0, 0, 0, 0],
    ],
    // Cells of a 1x2 window of stride 2 lie at pixels 0.5 and 2.5: the pixels nearest to them are 1 and 3.
    pickPixels: [nn.samplePixels(x4, nn.avgPool(x4, [1, 2], { stride: [1, 2] })), [-1, 3]],
    stopGradient: [nn.stopGradient(x), [3, -1, 0, 3]],
  };
})();

const reached = new Set<string>();

for (const [name, list] of Object.entries(cases)) {
  test(`the gradient of ${name} is that of finite differences`, async () => {
    for (const { title, inputs, build, tuning, rounding = 1e-5 } of list) {
      const errors = await checkGradients(inputs, build, tuning);
      assert.ok(errors.forwardOps.has(name), `${title}: the case does not use ${name}`);
      for (const op of errors.ops) reached.add(op);
      assert.ok(errors.numeric < 1e-6, `${title}: off by ${errors.numeric}`);
      for (const [target, { outputs, gradients }] of Object.entries(errors.rounding)) {
        assert.ok(outputs < rounding, `${title}: float32 on ${target} is off by ${outputs}`);
        assert.ok(gradients < rounding, `${title}: the float32 gradient on ${target} is off by ${gradients}`);
      }
    }
  });
}

for (const [name, [y, wanted]] of Object.entries(indicators)) {
  test(`${name} has the values worked by hand on every target`, async () => {
    for (const target of allTargets) {
      const found = (await evaluate({ y }, {}, target)).y;
      assert.deepEqual(
        Array.from(found, (value) => value + 0), // -0 is 0
        wanted,
      );
    }
    reached.add(name);
  });
}

test('every op that has a gradient has a case here', () => {
  for (const [name, { gradient }] of opTable)
    assert.ok(
      typeof gradient === 'string' || name in cases,
      `${name} has a gradient, but no case in gradients.test.cases.ts`,
    );
});

test('every op that is defined is in a graph that was run here', () => {
  for (const name of opTable.keys()) assert.ok(reached.has(name), `${name} is in no graph that was run here`);
});
