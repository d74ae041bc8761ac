import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from 'commander';
import { dataCommand } from './data.js';
import { demoCommand } from './demo.js';
import { evalCommand } from './eval.js';
import { experimentCommand } from './experiment.js';
import { exportCommand } from './export.js';
import { numberOption, numbersOption } from './options.js';
import { predictCommand } from './predict.js';
import { reportCommand } from './report.js';

test('a number is read as it is written, or refused with what is expected', () => {
  const [rate, count] = [numberOption({ least: 0 }), numberOption({ whole: true, least: 1 })];
  assert.deepEqual([rate('0.001'), rate('1e3'), rate('0'), count('12')], [0.001, 1000, 0, 12]);
  assert.deepEqual([numberOption({ above: 0 })('.5'), numberOption({ least: 1, most: 2 })('2')], [0.5, 2]);
  for (const text of ['', ' ', 'abc', '-1', '1,5', 'NaN', 'Infinity', '0x10', '1e999'])
    assert.throws(() => rate(text), /expected a number of at least 0\./, text);
  for (const text of ['', '1.5', '0', '-1', '1e3', '2 '])
    assert.throws(() => count(text), /expected a whole number of at least 1\./, text);
  assert.throws(() => numberOption({ above: 0 })('0'), /expected a number above 0\./);
  for (const text of ['0.9', '2.1'])
    assert.throws(() => numberOption({ least: 1, most: 2 })(text), /expected a number from 1 to 2\./);
});

test('numbers stand with commas between, and every one of them must fit', () => {
  const indices = numbersOption({ whole: true, example: '0,255' });
  assert.deepEqual([indices('255'), indices('-1, 0,255')], [[255], [-1, 0, 255]]);
  for (const text of ['', ',', '1,', '1,,2', '1;2', '0,x', '0,1.5'])
    assert.throws(() => indices(text), /expected whole numbers, with commas between, such as 0,255\./, text);
  const pair = numbersOption({ whole: true, least: 1, count: 2, example: '300,400' });
  assert.deepEqual(pair('300,400'), [300, 400]);
  for (const text of ['300', '300,', '300,x', '300,400,500', '0,400', '300,400,x'])
    assert.throws(() => pair(text), /expected 2 whole numbers of at least 1, with commas .* such as 300,400\./, text);
});

test('every command refuses a number that does not fit before it begins, naming the option', async () => {
  const data = (name: string) => dataCommand().commands.find((one) => one.name() === name) ?? assert.fail();
  const cases: [Command, string, ...string[]][] = [
    [demoCommand(), '--seed', 'abc', '1.5', '-1'],
    [demoCommand(), '--steps', '300', '0,400'],
    [evalCommand(), '--scales', '', 'big', '1,,2', '0', '-1', '100', '1;2'],
    [exportCommand(), '--images', 'all', '-1'],
    [predictCommand(), '--longest', '3', 'x'],
    [reportCommand(), '--samples', '0', '2.5'],
    [experimentCommand(), '--seeds', '', '0', 'x', '1,1', '1,-2', '1.5'],
    [data('preview'), '--count', '0', 'six'],
    [data('init'), '--first', '-1', 'one'],
    [data('init'), '--ignore', '', '0;255', '1.5'],
    [data('init'), '--invalid', 'none'],
    [data('init'), '--threshold', '0', '0.5'],
    [data('init'), '--metres-per-value', '0', 'mm', '-1'],
    [data('init'), '--maximum', '0', 'far'],
    [data('init'), '--max-megapixels', '0', '-1'],
    [data('init'), '--derive-boundaries', '0', 'thin'],
  ];
  for (const [command, option, ...values] of cases) {
    for (const value of values) {
      let told = '';
      const parsed = command
        .exitOverride()
        .configureOutput({ writeErr: (text) => (told += text) })
        .parseAsync(['folder', 'folder', option, value], { from: 'user' });
      await assert.rejects(parsed, { code: 'commander.invalidArgument' }, `${command.name()} ${option} ${value}`);
      assert.match(told, new RegExp(`option '${option} .*argument '.*' is invalid\\. expected `), option);
    }
  }
});
