import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../random.js';
import { filled, xavierUniform } from './init.js';
import { initialValues, parameterCount, Scope } from './scope.js';

test('variables are named by their path and keep shape, role and group', () => {
  const { scope, build } = Scope.root('train');
  const conv = scope.child('seg').child('conv1');
  const tensor = conv.variable('weight', [4, 3, 3, 3], 'weight', xavierUniform);
  scope.child('nddr1').inGroup('fusion').child('seg').variable('gamma', [4], 'gamma', filled(1));
  conv.variable('bias', [4], 'bias', filled(0));
  assert.deepEqual(
    [...build.variables.values()].map(({ path, shape, role, group }) => [path, shape, role, group]),
    [
      ['seg.conv1.weight', [4, 3, 3, 3], 'weight', 'base'],
      ['nddr1.seg.gamma', [4], 'gamma', 'fusion'],
      ['seg.conv1.bias', [4], 'bias', 'base'],
    ],
  );
  assert.deepEqual(tensor.shape, [4, 3, 3, 3]);
  assert.equal(build.variables.get('seg.conv1.weight')?.tensor, tensor);
});

test('a suffix is that of the children and of nothing below', () => {
  const { scope, build } = Scope.root('train');
  const layer = scope.suffixed('_2').inGroup('fusion').child('nddr1');
  layer.child('seg').variable('gamma', [4], 'gamma', filled(1));
  assert.deepEqual([...build.variables.keys()], ['nddr1_2.seg.gamma']);
  assert.equal(build.variables.get('nddr1_2.seg.gamma')?.group, 'fusion');
});

test('the same path is the same variable, and cannot have two shapes', () => {
  const { scope, build } = Scope.root('train');
  const first = scope.child('a').variable('weight', [2], 'weight', filled(1));
  assert.equal(scope.child('a').variable('weight', [2], 'weight', filled(1)), first);
  assert.equal(build.variables.size, 1);
  assert.throws(() => scope.child('a').variable('weight', [3], 'weight', filled(1)), /a\.weight is \[2\] already/);
});

test('masks, observations and labels carry the path', () => {
  const { scope, build } = Scope.root('train');
  const layer = scope.child('seg').child('fc6');
  const mask = layer.mask([1, 8, 2, 2]);
  const mean = layer.variable('mean', [8], 'statistic', filled(0));
  layer.observe('mean', mean, 0.9);
  assert.deepEqual(build.masks, [{ name: 'seg.fc6.mask', shape: [1, 8, 2, 2] }]);
  assert.deepEqual([mask.shape, mask.dtype], [[1, 8, 2, 2], 'uint8']);
  assert.deepEqual([...build.observations], [['seg.fc6.mean', { observed: mean, keep: 0.9 }]]);
  assert.equal(layer.layer(() => layer.variable('beta', [8], 'beta', filled(0))).node.label, 'seg.fc6');
  assert.equal(Scope.root('evaluate').scope.child('x').mode, 'evaluate');
});

test('first values depend on the seed and the own path, whatever else there is', () => {
  const valuesOf = (seed: number, ...paths: string[]) => {
    const { scope, build } = Scope.root('train');
    for (const path of paths) scope.child(path).variable('weight', [4, 4, 3, 3], 'weight', xavierUniform);
    return initialValues(build.variables.values(), new Random(seed));
  };
  const both = valuesOf(1, 'a', 'b');
  assert.deepEqual(valuesOf(1, 'b').get('b.weight'), both.get('b.weight'));
  assert.notDeepEqual(both.get('a.weight'), both.get('b.weight'));
  assert.notDeepEqual(valuesOf(2, 'a').get('a.weight'), both.get('a.weight'));
});

test('statistics are no parameters', () => {
  const { scope, build } = Scope.root('train');
  scope.variable('weight', [4, 3, 3, 3], 'weight', filled(0));
  scope.variable('gamma', [4], 'gamma', filled(1));
  scope.variable('mean', [4], 'statistic', filled(0));
  assert.equal(parameterCount(build.variables.values()), 4 * 3 * 9 + 4);
});
