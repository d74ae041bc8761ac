/** Trains the same network for some steps on a device and on the CPU, and says how far the numbers are apart. */
import { FUSIONS, LOSS_WEIGHTS, peerNetwork, TASKS } from '../bench/options.js';
import { medianOf } from '../bench/statistics.js';
import { createBackbone } from '../src/backbones/index.js';
import { cpu, type Runtime, sizeOf } from '../src/engine/index.js';
import { nodeRuntime } from '../src/engine/runtime/node.js';
import type { NetworkOptions } from '../src/network.js';
import { initialValues, type Values } from '../src/nn/scope.js';
import { Random } from '../src/random.js';
import type { StepFeeds } from '../src/train/feeds.js';
import { CompiledStep, type StepResult } from '../src/train/step.js';
import { buildStep, named, type StepGraph } from '../src/train/step-graph.js';

const STEPS = 10;
/** Larger steps carry a network over more kinks of ReLU, at which rounding parts the two. */
const RATE = 1e-3;
const CLASSES = 5;

/** Networks that a device in software trains in seconds: `small` is that of the benchmarks on a smaller image. */
export const NETWORKS = {
  tiny: { size: 32, batch: 2 },
  small: { size: 48, batch: 1 },
} as const;
export type NetworkName = keyof typeof NETWORKS;

export interface DeviceParity {
  readonly network: NetworkName;
  readonly fusion: string;
  /** Nodes of the graph of a step. */
  readonly nodes: number;
  /** Largest distance of a loss in any step, over the CPU's. */
  readonly loss: number;
  /** Distances of the first step's gradients, over the norm of the CPU's: their median, and the share below 1e-2. */
  readonly gradMedian: number;
  readonly 'gradShareUnder1e-2': number;
  /** Whether the first step gave the same bits when it ran again. */
  readonly repeatable: boolean;
  readonly ok: boolean;
}

/** Measures one fusion after another. */
export async function* measureDevice(
  runtime: Runtime,
  name: NetworkName,
  fusions: readonly string[] = FUSIONS,
): AsyncGenerator<DeviceParity> {
  for (const fusion of fusions) {
    const wanted = await train(nodeRuntime({ threads: 1 }), name, fusion);
    const found = await train(runtime, name, fusion);
    const loss = Math.max(...wanted.losses.map((value, i) => Math.abs(found.losses[i] - value) / Math.abs(value)));
    const distances = [...wanted.gradients].map(([path, gradient]) => apart(found.gradients.get(path), gradient));
    const gradMedian = medianOf(distances);
    const share = distances.filter((distance) => distance < 1e-2).length / distances.length;
    const { nodes, repeatable } = found;
    const ok = loss <= 1e-3 && gradMedian <= 1e-3 && share >= 0.97;
    yield { network: name, fusion, nodes, loss, gradMedian, 'gradShareUnder1e-2': share, repeatable, ok };
  }
}

/** Euclidean norms. */
function apart(found: Float32Array | undefined, wanted: Float32Array): number {
  const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  const size = norm(wanted);
  const difference = norm(wanted.map((value, i) => (found?.[i] ?? Number.NaN) - value));
  return difference === 0 ? 0 : difference / size;
}

function networkOf(name: NetworkName, fusion: string): NetworkOptions {
  const network = peerNetwork({ fusion, width: 0.25, classes: CLASSES, keep: 0.5 });
  return name === 'small' ? network : { ...network, backbone: createBackbone({ kind: 'tiny', width: 0.5, keep: 0.5 }) };
}

/** Plain gradient descent on one batch. */
async function train(runtime: Runtime, name: NetworkName, fusion: string) {
  const { size, batch } = NETWORKS[name];
  const target = runtime.device === 'cpu' ? cpu : await runtime.target?.();
  const network = networkOf(name, fusion);
  const graph = buildStep({ network, batch, height: size, width: size, lossWeights: LOSS_WEIGHTS, target });
  const random = new Random('device parity');
  const values = initialValues(graph.variables.values(), random.fork('weights'));
  const feeds = feedsOf(graph, random);
  const step = await CompiledStep.open(graph, runtime, values);
  try {
    const losses: number[] = [];
    const first = await step.run(feeds);
    const again = await step.run(feeds);
    for (let result = first, i = 0; ; result = await step.run(feeds)) {
      losses.push(...Object.values(result.losses));
      if (++i === STEPS) break;
      descend(values, result);
    }
    const { gradients } = first;
    const repeatable = [...gradients].every(([path, gradient]) => sameBits(gradient, again.gradients.get(path)));
    return { losses, gradients, repeatable, nodes: graph.model.nodeCount };
  } finally {
    await step.close();
  }
}

const sameBits = (a: Float32Array, b: Float32Array | undefined): boolean =>
  a.every((value, i) => Object.is(value, b?.[i]));

function descend(values: Values, { gradients }: StepResult): void {
  for (const [path, gradient] of gradients) {
    const weights = values.get(path) ?? new Float32Array();
    for (let i = 0; i < weights.length; i++) weights[i] -= RATE * gradient[i];
  }
}

function feedsOf({ model, masks }: StepGraph, random: Random): StepFeeds {
  const filled = (name: string, next: () => number) =>
    Float32Array.from({ length: sizeOf(model.inputs.get(name)?.shape ?? []) }, next);
  const labels: Record<string, () => number> = {
    segmentation: () => random.integer(CLASSES),
    normals: () => random.normal(),
  };
  return {
    image: filled(named.image, () => random.normal()),
    labels: Object.fromEntries(
      Object.entries(TASKS)
        .slice(0, 2)
        .map(([task, kind]) => [task, filled(named.label(task), labels[kind])]),
    ),
    masks: Object.fromEntries(
      masks.map(({ name, shape }) => [name, Uint8Array.from({ length: sizeOf(shape) }, () => random.integer(256))]),
    ),
  };
}
