import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

test('every direct dependency has its reason in docs/dependencies.md, and nothing else has', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json'));
  const documented = [...read('docs/dependencies.md').matchAll(/^\| `([^`]+)` \| \S/gm)].map(([, name]) => name);
  assert.deepEqual(documented.sort(), [...Object.keys(dependencies), ...Object.keys(devDependencies)].sort());
});
