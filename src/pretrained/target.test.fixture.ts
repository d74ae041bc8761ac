// Networks that take weights, and files that hold them, in memory.
import { type BuiltInBackbone, createBackbone } from '../backbones/index.js';
import { createFusion, type FusionConfig } from '../fusion/index.js';
import { buildNetwork } from '../network.js';
import { elementsOf } from '../npy.js';
import { createTask } from '../tasks/index.js';
import type { WeightEntry, WeightFile } from '../weights/weight-file.js';
import type { WeightSource } from './source.js';
import { type Target, targetOf } from './target.js';

export const WIDTH = 1 / 16;

/** A network of tasks with these names, each with two classes. */
export function targetFor(
  backbone: BuiltInBackbone,
  tasks: readonly string[] = ['seg'],
  fusion: FusionConfig = { kind: 'single' },
): Target {
  const made = createBackbone(backbone);
  const joined = createFusion(fusion);
  const { build, logits } = buildNetwork(
    {
      backbone: made,
      fusion: joined,
      tasks: tasks.map((name) => createTask(name, { kind: 'segmentation', classes: ['a', 'b'] })),
      normalisation: { mean: [0, 0, 0], deviation: [1, 1, 1] },
    },
    'evaluate',
    [1, 64, 64],
  );
  const { variables } = build;
  return targetOf({
    backbone: made,
    towers: joined.towers(tasks),
    tasks,
    variables,
    outputs: logits.values(),
    size: [64, 64],
  });
}

/** A file of tensors, each filled with one number or given whole. */
export const fileWith = (
  tensors: Readonly<Record<string, readonly [shape: readonly number[], value: number | Float32Array]>>,
  metadata: Readonly<Record<string, string>> = {},
): WeightFile => ({
  format: 'in memory',
  metadata,
  tensors: new Map(
    Object.entries(tensors).map(([name, [shape, value]]): [string, WeightEntry] => {
      const data = typeof value === 'number' ? new Float32Array(elementsOf(shape)).fill(value) : value;
      return [name, { dtype: 'F32', shape, read: async () => ({ dtype: 'F32', shape, data }) }];
    }),
  ),
});

/** A file as this project writes it of a network: each variable filled with a number. */
export const ownFile = ({ variables }: Target, value: number): WeightFile =>
  fileWith(Object.fromEntries([...variables.values()].map(({ path, shape }) => [path, [shape, value] as const])), {
    format: 'nddr checkpoint 1',
  });

export const sourceOf = (file: WeightFile, more: Partial<WeightSource> = {}): WeightSource => ({
  where: 'network.weights x.pth',
  file,
  ...more,
});
