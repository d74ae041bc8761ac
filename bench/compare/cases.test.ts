import assert from 'node:assert/strict';
import { test } from 'node:test';
import { casesOf } from './cases.js';

const peer = (name: string) => ({ name, command: [name], version: name });
const options = { threads: 2, quick: false };
const all = { torch: peer('python3'), tfjs: peer('tfjs'), jax: peer('jax'), absent: [] };

test('every case begins with the product, has a name of its own, and gives all contenders the same shapes', () => {
  const cases = casesOf({ ...options, peers: all });
  assert.equal(new Set(cases.map(({ id }) => id)).size, cases.length);
  for (const { id, contenders } of cases) {
    assert.equal(contenders[0].who, 'nddr', id);
    for (const { command } of contenders)
      for (const option of ['--width', '--size', '--batch', '--fusion', '--tasks']) {
        const valueIn = (words: readonly string[]) => words[words.indexOf(option) + 1];
        const both = [contenders[0].command, command].filter((words) => words.includes(option));
        if (both.length === 2) assert.equal(valueIn(both[0]), valueIn(both[1]), `${id} ${option}`);
      }
  }
});

test('training steps are measured against PyTorch with channels first and with channels last, where it has the fusion', () => {
  const steps = casesOf({ ...options, peers: all }).filter(({ kind }) => kind.name === 'step');
  for (const { id, contenders } of steps) {
    const torch = contenders
      .filter(({ yardstick }) => yardstick)
      .map(({ command }) => command.includes('--channels-last'));
    assert.deepEqual(torch, /sluice|mtan/.test(id) ? [] : [false, true], id);
  }
});

test('without peers the product is measured alone', () => {
  for (const { contenders } of casesOf({ ...options, peers: { absent: [] } })) assert.equal(contenders.length, 1);
});
