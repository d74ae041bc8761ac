/** Which nodes of steps and exported models a WebGPU device leaves to the CPU: none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fallbacksOf } from '../src/engine/runtime/node/fallbacks.js';
import { askDevice, missing } from '../src/engine/runtime/webgpu.test.fixture.js';
import type { Found } from './fallbacks.test.child.js';

const answer = await askDevice<Found>('fallbacks.test.child.js', import.meta.url);
const { plain, int64, ...networks } = 'value' in answer ? answer.value : {};

test('a node that a device cannot run is named with its operator and the types it was to run for', {
  skip: missing(answer),
}, () => {
  assert.deepEqual(plain, [{ operator: 'Sign', layer: '', why: 'the device does not run it for float32' }]);
  assert.deepEqual(int64, [{ operator: 'Cast', layer: '', why: 'the device does not run it for int64' }]);
});

test('every node of steps and exported models runs on a WebGPU device', { skip: missing(answer) }, () => {
  assert.ok(Object.keys(networks).length >= 20);
  for (const [name, found] of Object.entries(networks)) assert.deepEqual(found, [], name);
});

test('on the CPU nothing falls back', async () => {
  assert.deepEqual(await fallbacksOf(new Uint8Array(), 'cpu'), []);
});
