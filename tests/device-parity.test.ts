/** The tiny network on a WebGPU device, if only in software. All fusions: npm run parity -- --device webgpu. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askDevice, missing } from '../src/engine/runtime/webgpu.test.fixture.js';
import type { DeviceParity } from './device-parity.js';

const answer = await askDevice<readonly DeviceParity[]>('device-parity.test.child.js', import.meta.url, [
  'tiny',
  'nddr',
]);
const [parity] = 'value' in answer ? answer.value : [];

test('ten steps of the tiny network on a device have the losses and gradients of the CPU', {
  skip: missing(answer),
}, () => {
  assert.ok(parity.ok, JSON.stringify(parity));
});

test('a step on a device gives the same bits when it runs again', { skip: missing(answer) }, () => {
  assert.ok(parity.repeatable);
});
