import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTask } from './index.js';
import { checkSwaps, pairsAmong, swapOf, swapSides } from './swap.js';

test('names that differ in their side alone are pairs', () => {
  const names = ['left_arm', 'right_arm', 'l-eye', 'r-eye', 'leftHand', 'rightHand', 'footleft', 'footright'];
  assert.deepEqual(pairsAmong([...names, 'Left Leg', 'Right Leg', 'arm (left)', 'arm (right)', 'left', 'right']), [
    ['left_arm', 'right_arm'],
    ['l-eye', 'r-eye'],
    ['leftHand', 'rightHand'],
    ['footleft', 'footright'],
    ['Left Leg', 'Right Leg'],
    ['arm (left)', 'arm (right)'],
    ['left', 'right'],
  ]);
  assert.deepEqual(pairsAmong(['(left) ear', 'right ear']), [['(left) ear', 'right ear']]);
  for (const alone of [
    ['bright', 'dark'],
    ['left_arm', 'right_leg'],
    ['lamp', 'ramp'],
    ['footleft', 'armright'],
    ['copyright', 'left'],
    ['cleft'],
  ])
    assert.deepEqual(pairsAmong(alone), []);
});

const parts = createTask('parts', { kind: 'parts', classes: ['background', 'left arm', 'torso', 'right arm'] });

test('a class map changes its numbers, and what is unlabelled stays', () => {
  const swap = swapOf(parts);
  assert.deepEqual(swap?.pairs, [['left arm', 'right arm']]);
  const label = Float32Array.of(0, 1, 2, 3, 255);
  if (swap) swapSides(label, swap);
  assert.deepEqual([...label], [0, 3, 2, 1, 255]);
});

test('several labels change their channels, a classification its class', () => {
  const classes = ['glasses', 'left eye shut', 'right eye shut'];
  const several = swapOf(createTask('t', { kind: 'multilabel', classes }));
  const label = Float32Array.of(1, 0, 255);
  if (several) swapSides(label, several);
  assert.deepEqual([...label], [1, 255, 0]);
  const one = swapOf(createTask('t', { kind: 'classification', classes }));
  const truth = Float32Array.of(1);
  if (one) swapSides(truth, one);
  assert.deepEqual([...truth], [2]);
});

test('pairs can be named or turned off, and tasks without classes have none', () => {
  assert.equal(swapOf(parts, 'off'), undefined);
  assert.deepEqual(swapOf(parts, [['torso', 'background']])?.to, [2, 1, 0, 3]);
  assert.equal(swapOf(createTask('d', { kind: 'depth' })), undefined);
  assert.throws(() => checkSwaps([parts], [['left arm', 'rigth arm']]), /did you mean "right arm"/);
  const twice = [
    ['left arm', 'right arm'],
    ['torso', 'right arm'],
  ] as const;
  assert.throws(() => checkSwaps([parts], twice), /"right arm" twice/);
  const other = createTask('o', { kind: 'segmentation', classes: ['a', 'b'] });
  assert.throws(() => checkSwaps([parts, other], [['torso', 'a']]), /not classes of one task/);
  checkSwaps([parts, other], [['a', 'b']]);
});
