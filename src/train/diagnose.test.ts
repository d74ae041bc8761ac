import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initialValues, type Values } from '../nn/scope.js';
import { Random } from '../random.js';
import { simulatedDevice } from './device/simulated.test.fixture.js';
import { firstNonFinite } from './diagnose.js';
import { buildStep } from './step-graph.js';
import { memoryStore, startOf, tinyData, tinyNetwork, tinySettings, trainTiny } from './tiny.test.fixture.js';

/** The first weights of the tiny network, to be changed. */
function weights(change: (values: Values) => void): Values {
  const { batch, height, width } = tinySettings;
  const { variables } = buildStep({ network: tinyNetwork(), batch, height, width });
  const values = initialValues(variables.values(), new Random(1));
  change(values);
  return values;
}

const refused = (message: RegExp) => ({ name: 'NddrError', message });

test('a weight that is not finite is named, with the task and the step', async () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const start = weights((values) => values.get('normals.conv2.weight')?.fill(bad, 5, 6));
    // Through the NDDR layers the other task suffers as well, and is the first in the list.
    await assert.rejects(
      trainTiny({ start: startOf(start) }),
      refused(/^Step 1: the loss of seg is NaN; normals\.conv2\.weight is not finite since the update before\. /),
    );
  }
});

test('a gradient that is not finite is found in its step, though the loss hides it', async () => {
  const start = weights((values) => values.get('normals.fc.weight')?.fill(Number.NaN, 0, 1));
  await assert.rejects(
    trainTiny({ start: startOf(start) }),
    refused(/^Step 1: the gradient of normals\.fc\.bias is not finite; normals\.fc\.weight is not finite since/),
  );
});

test('the first layer to overflow is named', async () => {
  // Features times 1e38 overflow in conv2, where no normalisation follows.
  const start = weights((values) => values.get('seg.conv2.weight')?.fill(1e38));
  await assert.rejects(
    trainTiny({ start: startOf(start) }),
    refused(/^Step 1: the loss of seg is NaN; seg\.conv2 is the first layer to yield such numbers\. /),
  );
});

test('a pixel and a label that are not finite are named', async () => {
  const image = tinyData(0, ({ images }, step) => {
    if (step === 2) images[7] = Number.NaN;
  });
  await assert.rejects(trainTiny({ data: image }), refused(/^Step 3: .* the batch holds a pixel .* \(element 7\)/));
  const label = tinyData(0, ({ labels }) => {
    labels.normals[3] = Number.NaN;
  });
  await assert.rejects(
    trainTiny({ data: label }),
    refused(/^Step 1: .* of normals.* is .*; the labels of normals hold a value that is not finite \(element 3\)/),
  );
});

test('what was saved before the failure stays, and nothing is saved after it', async () => {
  const store = memoryStore();
  const types: string[] = [];
  const data = tinyData(0, ({ images }, step) => {
    if (step === 3) images.fill(Number.NaN);
  });
  await assert.rejects(
    trainTiny({ store, data }, ({ type }) => types.push(type)),
    refused(/^Step 4: .*What was saved is kept\. Start a new run with a lower train\.rate, or with train\.clip\.$/),
  );
  assert.deepEqual(
    store.saved.map(({ step }) => step),
    [2, 2],
  );
  assert.equal(firstNonFinite(store.saved[0].values), undefined);
  assert.equal(types.at(-1), 'step');
});

test('weights that a step has spoilt are neither evaluated nor saved', async () => {
  for (const due of [{ evaluateEvery: 1 }, { evaluateEvery: 9, checkpointEvery: 1 }]) {
    const store = memoryStore();
    await assert.rejects(
      trainTiny({ store, settings: { rate: Number.POSITIVE_INFINITY, ...due } }),
      refused(/^Step 1: seg\.conv1\.weight is not finite any more\. What was saved is kept\./),
    );
    assert.deepEqual([store.saved, store.bests], [[], []]);
  }
});

test('the first path with a number that is not finite is found', () => {
  const of = (...numbers: number[]) => Float32Array.from(numbers);
  assert.equal(
    firstNonFinite([
      ['a', of(1)],
      ['b', of(1, Number.NaN)],
      ['c', of(Number.NaN)],
    ]),
    'b',
  );
  assert.equal(
    firstNonFinite([
      ['a', of(-0, 3e38)],
      ['b', of(-1 / 0)],
    ]),
    'b',
  );
  assert.equal(
    firstNonFinite([
      ['a', of()],
      ['b', of(3e38)],
    ]),
    undefined,
  );
});

test('on a device too a batch that is not finite is named, and no tensor is left there', async () => {
  const device = simulatedDevice();
  const data = tinyData(0, ({ images }, step) => {
    if (step === 1) images[7] = Number.NaN;
  });
  await assert.rejects(trainTiny({ runtime: device, data }), refused(/^Step 2: .*holds a pixel that is not finite/));
  assert.equal(device.live.size, 0);
});

test('on a device gradients that overflow are found by their norm, and no tensor is left there', async () => {
  const device = simulatedDevice();
  const values = weights((all) => all.get('seg.fc.weight')?.fill(1e30));
  await assert.rejects(trainTiny({ runtime: device, start: startOf(values) }), refused(/^Step 1: /));
  assert.equal(device.live.size, 0);
});
