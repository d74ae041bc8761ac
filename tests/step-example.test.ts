import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepPage } from './step-example.js';

test('docs/explanation/how-a-step-becomes-a-graph.md shows what its network gives (npm run docs writes it)', async () => {
  const { found, wanted } = await stepPage();
  assert.equal(found, wanted);
});
