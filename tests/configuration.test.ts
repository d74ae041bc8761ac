import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configurationPage, configurationTables } from './configuration.js';

test('docs/reference/configuration.md holds every key as the schema has it (npm run docs writes it)', () => {
  const { found, wanted } = configurationPage();
  assert.equal(found, wanted);
});

test('every key of a configuration has a meaning', () => {
  const rows = configurationTables()
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  assert.ok(rows.length > 40, `${rows.length} keys`);
  assert.deepEqual(
    rows.filter((row) => row.endsWith('|  |')),
    [],
  );
});
