import assert from 'node:assert/strict';
import { test } from 'node:test';
import { percent, several, someOf } from './words.js';

test('counts take the plural, lists name the first few, and a small share is not shown as nothing', () => {
  assert.deepEqual([several(0, 'file'), several(1, 'file'), several(2, 'file')], ['0 files', '1 file', '2 files']);
  assert.equal(someOf(['a', 'b', 'c']), 'a, b, c');
  assert.equal(someOf(['a', 'b', 'c', 'd', 'e']), 'a, b, c and 2 more');
  assert.equal(someOf(['a', 'b', 'c'], 1), 'a and 2 more');
  assert.deepEqual(
    [percent(0, 4), percent(1, 3), percent(1, 10_000), percent(0, 0)],
    ['0.0 %', '33.3 %', 'under 0.1 %', '0.0 %'],
  );
});
