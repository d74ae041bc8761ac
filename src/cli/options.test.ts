import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoCommand } from './demo.js';
import { numberFrom, wholeFrom } from './options.js';

test('numbers of options are read whole or refused with what was expected', () => {
  assert.deepEqual([numberFrom(0)('0.001'), numberFrom(0)('1e3'), wholeFrom(1)('12')], [0.001, 1000, 12]);
  for (const text of ['', ' ', 'abc', '-1', '1,5', 'NaN'])
    assert.throws(() => numberFrom(0)(text), /expected a number of at least 0/, text);
  for (const text of ['', '1.5', '0', '-1', '1e3', '2 '])
    assert.throws(() => wholeFrom(1)(text), /expected a whole number of at least 1/, text);
});

test('the demonstration refuses a seed and steps that are no numbers before it begins', async () => {
  const refused = (...words: string[]) =>
    assert.rejects(
      demoCommand()
        .exitOverride()
        .configureOutput({ writeErr: () => {} })
        .parseAsync(words, { from: 'user' }),
      { code: 'commander.invalidArgument' },
    );
  await refused('--seed', 'abc');
  for (const steps of ['300', '300,', '300,x', '300,400,500', '0,400']) await refused('--steps', steps);
});
