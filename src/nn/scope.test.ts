import assert from 'node:assert/strict';
import { test } from 'node:test';
import { source } from '../engine/index.js';
import { Random } from '../random.js';
import { filled, xavierUniform } from './init.js';
import { type BatchNormOptions, batchNorm, dropout } from './layers.js';
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

test('a path that two layers declare is refused, unless they are built to share their variables', () => {
  const { scope, build } = Scope.root('train');
  const declare = (place: Scope, size: number) => place.variable('weight', [size], 'weight', filled(1));
  const first = declare(scope.child('a'), 2);
  assert.throws(() => declare(scope.child('a'), 2), /Two layers declare the variable a\.weight: .*scope\.shared\(\)/);
  assert.equal(declare(scope.child('a').shared(), 2), first);
  assert.equal(declare(scope.shared().inGroup('head').child('a'), 2), first);
  assert.equal(build.variables.size, 1);
  assert.throws(() => declare(scope.child('a').shared(), 3), /a\.weight has shape \[2\], .* wants \[3\]/);
});

test('two batch norms of one path are refused, and so are two dropout layers', () => {
  const { scope } = Scope.root('train');
  const x = source('x', [2, 4, 3, 3]);
  batchNorm(scope.child('norm'), x);
  assert.throws(() => batchNorm(scope.child('norm'), x), /Two layers declare the variable norm\.gamma/);
  assert.throws(() => batchNorm(scope.child('norm').shared(), x), /move the running statistic norm\.mean/);
  dropout(scope.child('fc'), x, 0.5);
  assert.throws(() => dropout(scope.child('fc'), x, 0.5), /Two dropout layers are named fc/);
});

test('a batch norm whose momentum is no share is refused', () => {
  const { scope } = Scope.root('train');
  const given = { keep: 0.9, epsilon: 1e-5 } as unknown as BatchNormOptions;
  assert.throws(
    () => batchNorm(scope.child('norm'), source('x', [2, 4, 3, 3]), given),
    /norm has momentum undefined: .* from 0 to 1/,
  );
});

test('masks, observations and labels carry the path', () => {
  const { scope, build } = Scope.root('train');
  const layer = scope.child('seg').child('fc6');
  const mask = layer.mask([1, 8, 2, 2]);
  const mean = layer.variable('mean', [8], 'statistic', filled(0));
  layer.observe('mean', mean, 0.9);
  assert.deepEqual(build.masks, [{ name: 'seg.fc6.mask', shape: [1, 8, 2, 2] }]);
  assert.deepEqual([mask.shape, mask.dtype], [[1, 8, 2, 2], 'uint8']);
  assert.deepEqual([...build.observations], [['seg.fc6.mean', { observed: mean, momentum: 0.9 }]]);
  assert.equal(layer.layer(() => layer.variable('beta', [8], 'beta', filled(0))).node.label, 'seg.fc6');
  assert.equal(Scope.root('evaluate').scope.child('x').mode, 'evaluate');
});

test('first values depend on the seed and the own path, whatever else there is', () => {
  const valuesOf = (seed: number, ...paths: string[]) => {
    const { scope, build } = Scope.root('train');
    for (const path of paths) scope.child(path).variable('weight', [4, 4, 3, 3], 'weight', xavierUniform);
    return initialValues(build.variables.values(), new Random(seed));
  };
  const ofTwo = valuesOf(1, 'a', 'b');
  assert.deepEqual(valuesOf(1, 'b').get('b.weight'), ofTwo.get('b.weight'));
  assert.notDeepEqual(ofTwo.get('a.weight'), ofTwo.get('b.weight'));
  assert.notDeepEqual(valuesOf(2, 'a').get('a.weight'), ofTwo.get('a.weight'));
});

test('statistics are no parameters', () => {
  const { scope, build } = Scope.root('train');
  scope.variable('weight', [4, 3, 3, 3], 'weight', filled(0));
  scope.variable('gamma', [4], 'gamma', filled(1));
  scope.variable('mean', [4], 'statistic', filled(0));
  assert.equal(parameterCount(build.variables.values()), 4 * 3 * 9 + 4);
});
