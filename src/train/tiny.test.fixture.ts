// A network of a few numbers, data from a seed and a store in memory: whole trainings in milliseconds.
import type { Backbone } from '../backbones/index.js';
import { relu } from '../engine/index.js';
import { nodeRuntime } from '../engine/runtime/node.js';
import { createFusion } from '../fusion/index.js';
import type { NetworkOptions } from '../network.js';
import { conv, convBatchNormRelu, dropout } from '../nn/layers.js';
import type { Values } from '../nn/scope.js';
import { Random } from '../random.js';
import { createTask } from '../tasks/index.js';
import type { Meter, MetricSpec, Task } from '../tasks/task.js';
import type { EvaluationImage } from './evaluate.js';
import type { TrainingEvent } from './events.js';
import type { Progress, Store, TrainingBatch, TrainingData, TrainingOptions } from './options.js';
import type { StartingWeights } from './start.js';
import { buildStep } from './step-graph.js';
import { train } from './trainer.js';

/** Weights to begin with; shapes are those of the tiny network where none are given. */
export function startOf(
  values: ReadonlyMap<string, Float32Array>,
  shapes: Readonly<Record<string, readonly number[]>> = {},
): StartingWeights {
  const { batch, height, width } = tinySettings;
  const { variables } = buildStep({ network: tinyNetwork(), batch, height, width });
  const shapeOf = (path: string, { length }: Float32Array) => shapes[path] ?? variables.get(path)?.shape ?? [length];
  const tensors = [...values].map(
    ([path, data]) => [path, { dtype: 'F32' as const, shape: [...shapeOf(path, data)], data }] as const,
  );
  return { from: 'the file', tensors: new Map(tensors) };
}

const SIZE = 6;
const CLASSES = ['low', 'middle', 'high'];

/** Two stages, the second without normalisation, and a head with dropout. */
const tinyBackbone: Backbone = {
  name: 'tiny',
  stages: [
    {
      name: 'conv1',
      channels: 2,
      stride: 1,
      build: (scope, x) => convBatchNormRelu(scope.child('conv1'), x, { channels: 2 }),
    },
    {
      name: 'conv2',
      channels: 2,
      stride: 1,
      build: (scope, x) => relu(conv(scope.child('conv2'), x, { channels: 2 })),
    },
  ],
  head: (scope, features, channels) =>
    conv(scope.child('fc').inGroup('head'), dropout(scope.child('fc'), features, 0.5), {
      channels,
      kernel: 1,
      bias: true,
    }),
};

const seg = createTask('seg', { kind: 'segmentation', classes: CLASSES });
const normals = createTask('normals', { kind: 'normals' });

export const tinyNetwork = (tasks: readonly Task[] = [seg, normals], fusion: object = {}): NetworkOptions => ({
  backbone: tinyBackbone,
  fusion: createFusion({ kind: 'nddr', ...fusion }),
  tasks,
  normalisation: { mean: [128, 128, 128], deviation: [64, 64, 64] },
});

export const tinySettings: TrainingOptions['settings'] = {
  ...{ steps: 4, batch: 2, height: SIZE, width: SIZE, seed: 7, lossWeights: { normals: 2 } },
  ...{ rate: 0.1, rates: { fusion: 1, headWeight: 1, headBias: 1 } },
  schedule: { kind: 'poly', power: 0.9, warmup: 0 },
  optimizer: { kind: 'sgd', momentum: 0.9, nesterov: false, decay: 1e-3 },
  ...{ evaluateEvery: 2, checkpointEvery: 2, best: 'score' },
};

function batchOf(count: number, random: Random): TrainingBatch {
  const plane = SIZE * SIZE;
  return {
    images: Float32Array.from({ length: count * 3 * plane }, () => random.integer(256)),
    labels: {
      seg: Float32Array.from({ length: count * plane }, () => random.integer(CLASSES.length)),
      normals: new Float32Array(count * 3 * plane).map((_, i) => (Math.floor(i / plane) % 3 === 2 ? 1 : 0)),
    },
  };
}

function sample(random: Random): EvaluationImage {
  const { images, labels } = batchOf(1, random);
  const size = { height: SIZE, width: SIZE };
  const maps = {
    seg: { ...size, channels: 1, data: labels.seg },
    normals: { ...size, channels: 3, data: labels.normals },
  };
  return { id: 'sample', ...size, image: images, labels: maps };
}

/** The batch of a step depends on the step alone. @param spoil changes the batch of a step, counted from 0 */
export function tinyData(firstStep = 0, spoil: (batch: TrainingBatch, step: number) => void = () => {}): TrainingData {
  let step = firstStep;
  return {
    waitedMillis: 0,
    async next() {
      const batch = batchOf(tinySettings.batch, new Random('batch').fork(step));
      spoil(batch, step++);
      return batch;
    },
    async *evaluation() {
      for (let i = 0; i < 2; i++) yield sample(new Random('evaluation').fork(i));
    },
  };
}

export interface Saved {
  readonly step: number;
  readonly values: Values;
  readonly optimizer: Values;
  readonly progress: Progress;
}

const copy = (values: Values): Values => new Map([...values].map(([path, array]) => [path, array.slice()]));

/** Keeps copies of everything saved, in order. */
export function memoryStore(): Store & { readonly saved: Saved[]; readonly bests: Saved[] } {
  const saved: Saved[] = [];
  const bests: Saved[] = [];
  const keep =
    (list: Saved[]): Store['save'] =>
    async ({ step, values, optimizer, progress }) => {
      list.push({ step, values: copy(values), optimizer: copy(optimizer), progress });
    };
  return { saved, bests, save: keep(saved), saveBest: keep(bests) };
}

/** The tasks with meters that tell the given values in turn, one evaluation after another. */
export function scripted(
  name: string,
  metrics: readonly MetricSpec[],
  script: readonly Record<string, number>[],
): Task {
  let evaluation = 0;
  const meter = (): Meter => {
    const values = script[evaluation++];
    return { add() {}, values: () => values };
  };
  return { ...(name === 'seg' ? seg : normals), metrics, meter };
}

/** Trains to the end. @returns the events; `seen` hears each as it comes */
export async function trainTiny(
  options: Omit<Partial<TrainingOptions>, 'settings'> & { readonly settings?: Partial<TrainingOptions['settings']> },
  seen: (event: TrainingEvent) => void = () => {},
): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  const complete: TrainingOptions = {
    network: tinyNetwork(),
    data: tinyData(options.resume?.step),
    runtime: nodeRuntime({ threads: 1 }),
    store: memoryStore(),
    ...options,
    settings: { ...tinySettings, ...options.settings },
  };
  for await (const event of train(complete)) {
    events.push(event);
    seen(event);
  }
  return events;
}
