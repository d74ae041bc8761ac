/** The tiny network on a WebGPU device, if only in software. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FUSIONS } from '../bench/options.js';
import { askDevice, missing } from '../src/engine/runtime/webgpu.test.fixture.js';
import type { DeviceParity } from './device-parity.js';

const answer = await askDevice<readonly DeviceParity[]>('device-parity.test.child.js', import.meta.url, ['tiny']);
const measured = 'value' in answer ? answer.value : [];

for (const fusion of FUSIONS)
  test(`ten steps of the tiny network, fusion ${fusion}, have the losses and gradients of the CPU on a device`, {
    skip: missing(answer),
  }, () => {
    const parity = measured.find((one) => one.fusion === fusion);
    assert.ok(parity?.ok, JSON.stringify(parity));
  });

test('a step on a device gives the same bits when it runs again', { skip: missing(answer) }, () => {
  assert.deepEqual(
    measured.filter(({ repeatable }) => !repeatable).map(({ fusion }) => fusion),
    [],
  );
});
