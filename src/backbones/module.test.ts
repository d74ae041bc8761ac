import assert from 'node:assert/strict';
import { test } from 'node:test';
import { source } from '../engine/index.js';
import { NddrError } from '../errors.js';
import { conv } from '../nn/layers.js';
import { Scope } from '../nn/scope.js';
import { parseStrict } from '../schema.js';
import type { Stage } from './backbone.js';
import { backboneSchema, loadBackbone } from './index.js';

const stage: Stage = {
  name: 'one',
  channels: 4,
  stride: 2,
  build: (scope, x) => conv(scope.child('one'), x, { channels: 4, stride: 2 }),
};
const config = parseStrict(backboneSchema, { kind: 'module', path: '/somewhere/mine.js', layers: 3 }, 'config');
const load = (exported: unknown) => loadBackbone(config, async () => ({ default: exported }));

test('a module is imported by its path and makes its stages of its own settings', async () => {
  let [path, options]: unknown[] = [];
  const backbone = await loadBackbone(config, async (from) => {
    path = from;
    return {
      default: (given: unknown) => {
        options = given;
        return [stage];
      },
    };
  });
  assert.equal(path, '/somewhere/mine.js');
  assert.deepEqual(options, { kind: 'module', path, layers: 3, width: 1, keep: 1, head: 'linear' });
  assert.deepEqual(backbone.stages, [stage]);
  const { scope, build } = Scope.root('train');
  assert.deepEqual(backbone.head(scope, source('x', [1, 4, 5, 5]), 3).shape, [1, 3, 5, 5]);
  assert.deepEqual([...build.variables.keys()], ['fc.weight', 'fc.bias']);
});

test('a module may bring heads of its own', async () => {
  const head = () => source('mine', [1]);
  const backbone = await load(() => ({ stages: [stage], head, imageHead: head }));
  assert.equal(backbone.head, head);
  assert.equal(backbone.imageHead, head);
});

test('what is no backbone is refused by the name of its file, with what was found and what is wanted', async () => {
  const faults: [unknown, RegExp][] = [
    [undefined, /has nothing for its default export, not a function/],
    [[stage], /has \[\{.*for its default export, not a function/],
    [() => [], /made \[\], not a list of stages/],
    [() => ({ head() {} }), /made \{\}, not a list of stages/],
    [() => [stage, { ...stage, build: undefined }], /stage 2 \("one"\) has no function `build`/],
    [() => [{ ...stage, channels: '4' }], /stage 1 \("one"\) has "4" for its channels/],
    [() => [{ ...stage, stride: 0 }], /stage 1 \("one"\) has 0 for its stride/],
    [() => [{ ...stage, name: 7 }], /stage 1 has 7 for its name/],
    [() => [{ name: 'b', channels: 4, stride: [2], buildBranches() {} }], /stage 1 \("b"\) has 4 for its channels/],
    [() => ({ stages: [stage], head: 'aspp' }), /made "aspp" for its head, not a function/],
  ];
  for (const [exported, found] of faults)
    await assert.rejects(load(exported), (error: Error) => {
      assert.match(error.message, found);
      assert.match(error.message, /^network\.backbone: \/somewhere\/mine\.js .*export default \(options\) =>/s);
      return error instanceof NddrError;
    });
  await assert.rejects(
    loadBackbone(config, async () => {
      throw new SyntaxError('Unexpected token');
    }),
    (error: Error) => error instanceof NddrError && /mine\.js cannot be imported: Unexpected token/.test(error.message),
  );
});
