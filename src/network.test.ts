import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBackbone } from './backbones/index.js';
import { createFusion } from './fusion/index.js';
import { answers, buildNetwork } from './network.js';
import { type Mode, parameterCount, type Variable } from './nn/scope.js';
import { createTask } from './tasks/index.js';

const seg = createTask('seg', { kind: 'segmentation', classes: Array.from({ length: 40 }, (_, i) => `class ${i}`) });
const normal = createTask('normal', { kind: 'normals' });
const depth = createTask('depth', { kind: 'depth' });

function build(
  kind: 'single' | 'shared' | 'nddr',
  { shortcut = false, tasks = [seg, normal], mode = 'train' as Mode, width = 1 } = {},
) {
  return buildNetwork(
    {
      backbone: createBackbone({ kind: 'vgg16', width, keep: 0.5 }),
      fusion: createFusion({ kind, shortcut }),
      tasks,
      normalisation: { mean: [0, 0, 0], deviation: [1, 1, 1] },
    },
    mode,
    [1, 41, 33],
  );
}

const countOf = (...options: Parameters<typeof build>) => parameterCount(build(...options).build.variables.values());

test('the networks have the published numbers of parameters', () => {
  // VGG-16 LargeFOV with 40 classes and normals: reckoned layer by layer from the published code.
  assert.equal(countOf('single', { tasks: [seg] }), 20_531_176);
  assert.equal(countOf('single', { tasks: [normal] }), 20_493_251);
  assert.equal(countOf('single'), 20_531_176 + 20_493_251);
  assert.equal(countOf('shared'), 26_305_515);
  assert.equal(countOf('nddr'), 43_471_531);
  assert.equal(countOf('nddr', { shortcut: true }), 44_980_907);
  assert.equal(countOf('shared', { shortcut: true }), 27_060_203);
  assert.equal(countOf('single', { shortcut: true, tasks: [seg] }), 21_285_864);
});

test('the layers that join the tasks have the published number of parameters and follow their own rate', () => {
  const inFusion = (shortcut: boolean) => {
    const variables = [...build('nddr', { shortcut }).build.variables.values()];
    return parameterCount(variables.filter(({ group }) => group === 'fusion'));
  };
  assert.equal(inFusion(false), 2_447_104);
  assert.equal(inFusion(true), 2_447_104 + 2 * 754_688);
});

test('training and evaluation name the same variables', () => {
  const shapes = (mode: Mode) =>
    [...build('nddr', { mode }).build.variables.values()].map(({ path, shape }) => [path, shape]);
  assert.deepEqual(shapes('train'), shapes('evaluate'));
});

test('variables have the names of a checkpoint', () => {
  const { variables, observations, masks } = build('nddr', { width: 0.0625 }).build;
  const shapeOf = (path: string) => (variables.get(path) as Variable).shape;
  assert.deepEqual(shapeOf('seg.conv1_1.weight'), [4, 3, 3, 3]);
  assert.deepEqual(shapeOf('normal.conv3_3.gamma'), [16]);
  assert.deepEqual(shapeOf('nddr3.seg.weight'), [16, 32, 1, 1]);
  assert.deepEqual(shapeOf('seg.fc8.weight'), [40, 64, 1, 1]);
  assert.deepEqual(shapeOf('normal.fc8.bias'), [3]);
  assert.equal(variables.get('seg.fc8.weight')?.group, 'head');
  // 13 convolutions and 2 of the head a tower, 5 NDDR layers a task: a mean and a variance each.
  assert.equal(observations.size, 2 * 2 * (13 + 2 + 5));
  assert.deepEqual(
    masks.map(({ name, shape }) => [name, shape]),
    ['seg', 'normal'].flatMap((task) => ['fc6', 'fc7'].map((layer) => [`${task}.${layer}.mask`, [1, 64, 6, 5]])),
  );
});

test('logits have an eighth of the size, answers the size of the image', () => {
  // 41 -> 21 -> 11 -> 6 and 33 -> 17 -> 9 -> 5 by three poolings of stride 2.
  for (const kind of ['single', 'shared', 'nddr'] as const) {
    for (const shortcut of [false, true]) {
      const network = build(kind, { shortcut, width: 0.0625, tasks: [seg, normal, depth] });
      assert.deepEqual(
        [...network.logits].map(([{ name }, { shape }]) => [name, shape]),
        [
          ['seg', [1, 40, 6, 5]],
          ['normal', [1, 3, 6, 5]],
          ['depth', [1, 1, 6, 5]],
        ],
      );
      assert.deepEqual(
        Object.entries(answers(network)).map(([name, { shape }]) => [name, shape]),
        [
          ['seg', [1, 40, 41, 33]],
          ['normal', [1, 3, 41, 33]],
          ['depth', [1, 1, 41, 33]],
        ],
      );
    }
  }
});
