import assert from 'node:assert/strict';
import { test } from 'node:test';
import { opTable } from '../../op.js';
import { askDevice, missing } from '../../runtime/webgpu.test.fixture.js';
import type { Distance } from './device.test.child.js';

const answer = await askDevice<readonly Distance[]>('device.test.child.js', import.meta.url);
const distances = 'value' in answer ? answer.value : [];

test('every op that has a gradient runs on a device, and no node falls back to the CPU', {
  skip: missing(answer),
}, () => {
  const run = new Set(distances.map(({ op }) => op));
  for (const [name, { gradient }] of opTable)
    assert.ok(typeof gradient === 'string' || run.has(name), `${name} was not run`);
});

test('values and gradients on a device are those of the CPU up to rounding', { skip: missing(answer) }, () => {
  for (const { op, title, found, allowed } of distances)
    assert.ok(found <= allowed, `${op}, ${title}: off by ${found}, and ${allowed} is allowed`);
});
