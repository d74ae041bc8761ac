import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMapping } from './mapping.js';
import { matchAll, matchSource } from './match.js';
import { readMatch } from './read.js';
import { fileWith, sourceOf, targetFor, WIDTH } from './target.test.fixture.js';

const target = targetFor({ kind: 'tiny', width: WIDTH }, ['seg', 'facing'], { kind: 'nddr' });
const rules = (value: unknown) => ({ where: 'map.json', rules: parseMapping(value, 'map.json') });

/** Convolutions as TensorFlow keeps them: numbers count up. */
const file = fileWith(
  Object.fromEntries(
    [3, 4, 4, 4].map((inputs, i) => {
      const data = Float32Array.from({ length: 9 * inputs * 4 }, (_, at) => at);
      return [`net/layer_${i + 1}/w`, [[3, 3, inputs, 4], data] as const];
    }),
  ),
);

test('a mapping with wildcards and an order of axes fills every tower', async () => {
  const mapping = rules({ tensors: { 'conv*.weight': { name: 'net/layer_*/w', transpose: [3, 2, 0, 1] } } });
  const match = matchAll(target, [sourceOf(file, { mapping })]);
  const values = await readMatch(match);
  assert.equal(match.sources[0].report.taken.length, 8);
  // Output 1, input 2, row 1, column 0 of [kh, kw, C, O] = [3, 3, 3, 4].
  const at = ((1 * 3 + 2) * 3 + 1) * 3;
  for (const tower of ['seg', 'facing']) assert.equal(values.get(`${tower}.conv1.weight`)?.[at], (3 * 3 + 2) * 4 + 1);
  const reversed = rules({
    ...{ channels: 'bgr' },
    tensors: { 'conv1.weight': { name: 'net/layer_1/w', transpose: [3, 2, 0, 1] } },
  });
  const one = await readMatch(matchAll(target, [sourceOf(file, { mapping: reversed, partial: true })]));
  assert.equal(one.get('seg.conv1.weight')?.[(1 * 3 * 3 + 1) * 3], (3 * 3 + 2) * 4 + 1);
});

test('names that the network or the file lacks, and orders of axes that are none, are refused', () => {
  const match = (value: unknown) => () => matchSource(target, sourceOf(file, { mapping: rules(value), partial: true }));
  assert.throws(
    match({ tensors: { 'conv7.weight': 'net/layer_1/w' } }),
    /map\.json: tensors: the network has no "conv7\.weight"; did you mean/,
  );
  assert.throws(
    match({ tensors: { 'conv1.weight': 'net/layer_9/w' } }),
    /the file has no "net\/layer_9\/w"; it has net\/layer_1\/w/,
  );
  assert.throws(match({ tensors: { 'conv1.weight': 'net/*/w' } }), /has more "\*" than/);
  assert.throws(
    match({ tensors: { 'conv1.weight': { name: 'net/layer_1/w', transpose: [0, 0, 1, 2] } } }),
    /does not order the axes/,
  );
  assert.throws(match({ tensor: {} }), /map\.json: .*unknown key "tensor"; did you mean "tensors"/s);
  assert.throws(match({ tensors: { 'conv1.weight': 'net/layer_1/w' } }), /fits, all shapes differ/);
});

test('a deviation of 0 is refused: colours are divided by it', () => {
  const rules = { tensors: { a: 'b' }, mean: [0, 0, 0], deviation: [0, 1, 1] };
  assert.throws(() => parseMapping(rules, 'map.json'), /map\.json: deviation/);
});
