import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTask } from './index.js';
import type { Raster } from './raster.js';
import { UNKNOWN_NUMBER } from './regression.js';

/** An answer (float32) or a label (uint8) about an image as a whole. */
const one = (data: readonly number[], isLabel = false): Raster => ({
  ...{ channels: data.length, height: 1, width: 1 },
  data: isLabel ? Uint8Array.from(data) : Float32Array.from(data),
});

test('a classification in words names the most probable class, and lists all of them', () => {
  const task = createTask('t', { kind: 'classification', classes: ['cat', 'dog'] });
  const probabilities = { cat: 0.25, dog: 0.75 };
  assert.deepEqual(task.inWords?.(one([0.25, 0.75])), {
    value: { class: 'dog', probabilities },
    lines: [
      { text: 'dog', note: '75 %', bar: 0.75 },
      { text: 'cat', note: '25 %', bar: 0.25 },
    ],
  });
  const notes = task.inWords?.(one([0.2461, 0.7539]))?.lines.map(({ note }) => note);
  assert.deepEqual(notes, ['75 %', '25 %']);
  assert.deepEqual(task.inWords?.(one([0])), { value: { class: 'cat' }, lines: [{ text: 'cat' }] });
});

test('several labels in words are those of 50 % and more, and a truth names what is unknown', () => {
  const task = createTask('t', { kind: 'multilabel', classes: ['cat', 'dog', 'cow'] });
  assert.deepEqual(task.inWords?.(one([0.5, 0.25, 1])), {
    value: { classes: ['cat', 'cow'], probabilities: { cat: 0.5, dog: 0.25, cow: 1 } },
    lines: [
      { text: 'cow', note: '100 %', bar: 1 },
      { text: 'cat', note: '50 %', bar: 0.5 },
      { text: 'dog', note: '25 %', bar: 0.25 },
    ],
  });
  assert.deepEqual(task.inWords?.(one([1, 0, 255], true)), {
    value: { classes: ['cat'], unknown: ['cow'] },
    lines: [{ text: 'cat' }, { text: 'cow', note: '?' }],
  });
  assert.deepEqual(task.inWords?.(one([0, 1, 0], true))?.lines, [{ text: 'dog' }]);
  assert.deepEqual(task.inWords?.(one([0, 0, 0], true))?.lines, [{ text: 'none' }]);
});

test('numbers in words have four digits and their unit, and unknown ones are left out', () => {
  const task = createTask('t', { kind: 'regression', names: ['age', 'size'], unit: 'years' });
  assert.deepEqual(task.inWords?.(one([12.3125, UNKNOWN_NUMBER])), {
    value: { age: 12.3125, unit: 'years' },
    lines: [{ text: 'age', note: '12.31 years' }],
  });
});
