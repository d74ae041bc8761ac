import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importPage, storedImportPage } from './import-kinds.js';

test('docs/reference/import.md holds every kind of import as it is (npm run docs writes it)', () => {
  assert.equal(storedImportPage(), importPage());
});

test('every setting of every kind of import has a meaning', () => {
  const rows = importPage()
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  assert.ok(rows.length > 15, `${rows.length} settings`);
  assert.deepEqual(
    rows.filter((row) => row.endsWith('|  |')),
    [],
  );
});
