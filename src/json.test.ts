import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { decodeText, parseJson, readUserJson } from './json.js';

const folder = mkdtempSync(join(tmpdir(), 'nddr-json-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const refused = (text: string, message: RegExp | string) =>
  assert.throws(() => parseJson(text, 'a.json'), { name: 'NddrError', message });

test('what the standard allows is read as the engine reads it', () => {
  const texts = [
    '{"a": [1, -2.5e+3, 0, true, false, null], "b": {"c": ""}, "d": []}',
    ' \t\r\n[ ]\n',
    '"\\u00e9\\n\\"\\\\ \u007f \u{1f600} é"',
    '{}',
    '-0',
    `"${'x'.repeat(2e6)}"`,
  ];
  for (const text of texts) assert.deepEqual(parseJson(text, 'a.json'), JSON.parse(text));
});

test('a fault is told with line, column, the line and a caret below the place', () => {
  refused(
    '{\n  "name": "a",\n  "tasks": {},\n}\n',
    'a.json, line 3, column 14: a comma before "}" is not allowed in JSON; remove it\n    "tasks": {},\n               ^',
  );
  refused(
    '{\r\n\t"a": 1\r\n\t"b": 2\r\n}',
    /line 3, column 2: expected a comma or "}" before this\n {2}\t"b": 2\n {2}\t\^$/,
  );
});

test('of a long line the part around the place is shown', () => {
  const text = `{"a": [${'1, '.repeat(500)} x]}`;
  refused(text, /column 1509: expected a value/);
  assert.throws(
    () => parseJson(text, 'a.json'),
    (error: Error) => error.message.split('\n')[1].length < 110,
  );
});

test('comments, quotes, keys, paths of Windows, words and ends are named', () => {
  refused('{ // mine\n}', /line 1, column 3: comments are not allowed/);
  refused('{"a": /* b */ 1}', /column 7: comments are not allowed/);
  refused('# a\n{}', /line 1, column 1: comments/);
  refused("{'a': 1}", /column 2: expected a key in double quotes/);
  refused('{a: 1}', /column 2: expected a key in double quotes/);
  refused('{"a": \'b\'}', /column 7: texts are written in double quotes/);
  refused('{"a" 1}', /column 6: expected ":" after the key "a"/);
  refused('{"root": "C:\\data"}', /column 13: a backslash in a text is written twice/);
  refused('{"a": "b}', /column 7: this text has no closing double quote/);
  refused('{"a": NaN}', /column 7: expected a value .*found NaN/);
  refused('{"a": 01}', /column 7: expected a value .*found 01/);
  refused('{"a": .5}', /found \.5/);
  refused('{"a": True}', /found True/);
  refused('[1, , 2]', /column 5: expected a value .*found ,/);
  refused('{} {}', /column 4: the JSON ends before this/);
  refused('', /line 1, column 1: the file ends here/);
  refused('{\n "a": [1,\n 2', /line 3, column 3: the file ends here, expected "\]" for the "\[" of line 2/);
  refused('['.repeat(1e5), /more than 500 deep/);
});

test('a key that stands twice in one object is refused, in two it is not', () => {
  refused('{"steps": 1,\n "steps": 2}', /line 2, column 2: the key "steps" occurs a second time/);
  assert.deepEqual(parseJson('[{"a": 1}, {"a": 2}, {"b": {"a": 1}, "a": 2}]', 'a'), [
    { a: 1 },
    { a: 2 },
    { b: { a: 1 }, a: 2 },
  ]);
});

test('a byte-order mark is taken off; UTF-16 and Latin-1 are named', async () => {
  const path = join(folder, 'config.json');
  writeFileSync(path, '\ufeff{"name": "é"}');
  assert.deepEqual(await readUserJson(path), { name: 'é' });
  const utf16 = Buffer.from('{"name": "a"}', 'utf16le');
  for (const bytes of [Buffer.concat([Buffer.of(0xff, 0xfe), utf16]), utf16, Buffer.from(utf16).swap16()]) {
    assert.throws(() => decodeText(bytes, 'c.json'), { name: 'NddrError', message: /^c\.json: is text in UTF-16/ });
  }
  const latin = Buffer.from('{\n"name": "caf\xe9"}', 'latin1');
  assert.throws(() => decodeText(latin, 'c.json'), {
    name: 'NddrError',
    message: /^c\.json, line 2: is not text in UTF-8/,
  });
});
