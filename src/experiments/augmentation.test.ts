import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTask, type TaskConfig } from '../tasks/index.js';
import { augmentationNotes } from './augmentation.js';
import { parseConfig } from './config.js';

function notesOf(tasks: Record<string, TaskConfig>, augment: object): string[] {
  const config = parseConfig({ name: 'a', data: { kind: 'rooms' }, tasks, train: { steps: 1, augment } });
  const made = Object.entries(tasks).map(([name, task]) => createTask(name, task));
  return augmentationNotes(config, made);
}

test('classes that mirroring exchanges by their names are told, once a task, where samples are mirrored', () => {
  const body = { kind: 'parts', classes: ['none', 'left arm', 'right arm', 'l_leg', 'r_leg'] };
  const [note, ...more] = notesOf({ body, depth: { kind: 'depth' } }, {});
  assert.match(note, /tasks\.body: .*"left arm" and "right arm", "l_leg" and "r_leg".*train\.augment\.swap/);
  assert.deepEqual(more, []);
  assert.deepEqual(notesOf({ body }, { mirror: 0 }), []);
  assert.deepEqual(notesOf({ body }, { swap: 'off' }), []);
  assert.deepEqual(notesOf({ body }, { swap: [['left arm', 'right arm']] }), []);
  assert.throws(() => notesOf({ body }, { swap: [['left arm', 'right foot']] }), /names "right foot"/);
});

test('depth and normals that are zoomed by different rules are told', () => {
  const depth = { kind: 'depth', zoom: 'keep' };
  assert.match(
    notesOf({ depth, n: { kind: 'normals' } }, {})[0],
    /tasks\.depth\.zoom is "keep" and tasks\.n\.zoom "divide"/,
  );
  assert.deepEqual(notesOf({ depth, n: { kind: 'normals', zoom: 'keep' } }, {}), []);
  assert.deepEqual(notesOf({ depth, n: { kind: 'normals' } }, { scale: [1, 1] }), []);
});
