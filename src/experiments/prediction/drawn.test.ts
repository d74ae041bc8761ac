import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NddrError } from '../../errors.js';
import { createTask } from '../../tasks/index.js';
import { drawAnswers, tellAnswers } from './drawn.js';

const depth = createTask('depth', { kind: 'depth' });
const age = createTask('age', { kind: 'regression', names: ['age'] });
const shown = { kind: 'whole' } as const;

test('an answer that holds NaN or infinity is refused, and neither drawn nor told', async () => {
  for (const [value, drawn] of [
    [2, true],
    [Number.NaN, false],
    [Number.POSITIVE_INFINITY, false],
  ] as const) {
    const raster = { channels: 1, width: 2, height: 1, data: Float32Array.of(1, value) };
    const bands = [{ depth: { top: 0, raster } }];
    const draw = () => drawAnswers([depth], { shown, whole: {}, bands }, { width: 2, height: 1 });
    const whole = { age: { channels: 1, width: 1, height: 1, data: Float32Array.of(value) } };
    const tell = () => tellAnswers([age], { shown, whole, bands: [] });
    if (drawn) {
      assert.equal((await draw()).size, 1);
      assert.equal(tell().size, 1);
      continue;
    }
    const isTold = (error: unknown) => error instanceof NddrError && new RegExp(`holds ${value}`).test(error.message);
    await assert.rejects(draw, isTold);
    assert.throws(tell, isTold);
  }
});
