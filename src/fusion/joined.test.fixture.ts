// Small networks of one to three tasks, and fusions by themselves on numbers that a hand can follow.
import type { Backbone } from '../backbones/index.js';
import { evaluate } from '../engine/gradients.test.support.js';
import { asPixels, type Floats, float64, relu, type Shape, sizeOf, source, type Tensor } from '../engine/index.js';
import { buildNetwork, type NetworkOptions } from '../network.js';
import { conv, convBatchNormRelu } from '../nn/layers.js';
import { initialValues, type Mode, Scope, type Values } from '../nn/scope.js';
import { Random } from '../random.js';
import { createTask } from '../tasks/index.js';
import type { Fusion } from './fusion.js';
import { createFusion, type FusionConfig } from './index.js';

/** Three stages that differ in channels and in size. */
const backbone: Backbone = {
  name: 'three stages',
  stages: [4, 4, 6].map((channels, i) => ({
    name: `conv${i + 1}`,
    channels,
    stride: 2 ** i,
    build: (scope, x) => {
      const stride = i === 0 ? 1 : 2;
      const y = convBatchNormRelu(scope.child(`conv${i + 1}_1`), x, { channels, stride });
      return relu(conv(scope.child(`conv${i + 1}_2`), y, { channels, bias: true }));
    },
  })),
  head: (scope, features, channels) =>
    conv(scope.child('fc').inGroup('head'), features, { channels, kernel: 1, bias: true }),
};

const TASKS = [
  createTask('seg', { kind: 'segmentation', classes: ['low', 'middle', 'high'] }),
  createTask('normal', { kind: 'normals' }),
  createTask('depth', { kind: 'depth' }),
];

export const joined = (config: FusionConfig, taskCount: number): NetworkOptions => ({
  backbone,
  fusion: createFusion(config),
  tasks: TASKS.slice(0, taskCount),
  normalisation: { mean: [128, 128, 128], deviation: [64, 64, 64] },
});

export const variablesOf = (network: NetworkOptions, mode: Mode = 'train') => [
  ...buildNetwork(network, mode, [2, 8, 8]).build.variables.values(),
];

/** Ranges from which startOf draws what would start at 0 or 1. */
const MOVED: Readonly<Record<string, readonly [number, number]>> = {
  gamma: [0.5, 1.5],
  beta: [0, 0.5],
  bias: [0, 0.5],
  mean: [-0.5, 0],
  var: [0.5, 1.5],
};

/** First values, from one seed; what starts at 0 or 1 is moved, so that few features are rectified away. */
export function startOf(network: NetworkOptions): Values {
  const random = new Random('joined');
  const variables = variablesOf(network);
  const values = initialValues(variables, random);
  for (const { path, role } of variables) {
    const range = MOVED[role === 'mixing' ? '' : path.slice(path.lastIndexOf('.') + 1)];
    const own = random.fork(`moved ${path}`);
    if (range)
      values.set(
        path,
        (values.get(path) as Float32Array).map(() => own.uniform(...range)),
      );
  }
  return values;
}

export const imageOf = (shape: Shape): Floats =>
  Float64Array.from(
    { length: sizeOf(shape) },
    (
      (random) => () =>
        random.integer(256)
    )(new Random('image')),
  );

/**
 * What a fusion makes of features when its variables have the given values.
 * @param stages numbers of each stage and tower, as [N, C, H, W]
 * @returns what each task's head sees
 */
export async function pass(
  fusion: Fusion,
  stages: readonly (readonly Floats[])[],
  shape: Shape,
  values: Readonly<Record<string, readonly number[]>>,
  { tasks = ['a', 'b'], mode = 'evaluate' as Mode } = {},
): Promise<{ seen: number[][]; penalty: number; paths: string[] }> {
  const { scope, build } = Scope.root(mode);
  const context = { scope, tasks, towers: fusion.towers(tasks), stageCount: stages.length };
  const feeds: Record<string, ArrayLike<number>> = { ...values };
  const fused = stages.map((features, k) =>
    fusion.fuse(
      context,
      features.map((numbers, i) => {
        feeds[`x${k}${i}`] = numbers;
        return asPixels(
          source(`x${k}${i}`, [shape[0], numbers.length / (sizeOf(shape) / shape[1]), ...shape.slice(2)]),
        );
      }),
      k + 1,
    ),
  );
  const outputs: Record<string, Tensor> = {};
  for (const [i, y] of fusion.gather(context, fused).entries()) outputs[tasks[i]] = y;
  for (const [i, y] of build.penalties.entries()) outputs[`penalty${i}`] = y;
  const found = await evaluate(outputs, feeds, float64);
  return {
    seen: tasks.map((task) => found[task]),
    penalty: build.penalties.reduce((sum, _, i) => sum + found[`penalty${i}`][0], 0),
    paths: [...build.variables.keys()],
  };
}
