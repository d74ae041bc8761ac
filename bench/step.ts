/** Times whole training steps: fresh dropout masks, forward, backward, update; the batch is in memory already. */

import { sizeOf, type Target } from '../src/engine/index.js';
import { nodeRuntime } from '../src/engine/runtime/node.js';
import { initialValues } from '../src/nn/scope.js';
import { Random } from '../src/random.js';
import { DropoutMasks } from '../src/train/dropout.js';
import { createOptimizer, optimizerSchema } from '../src/train/optimizers/index.js';
import { CompiledStep } from '../src/train/step.js';
import { buildStep, named, type StepGraph } from '../src/train/step-graph.js';
import { Weigher } from '../src/train/weigher.js';
import { createWeighting, weightingSchema } from '../src/train/weighting/index.js';
import { LOSS_WEIGHTS, peerNetwork, TASKS } from './options.js';
import { medianOf, peakRssMib, rounded } from './statistics.js';

export interface StepBench {
  readonly fusion: string;
  readonly width: number;
  readonly size: number;
  readonly batch: number;
  readonly steps: number;
  readonly threads: number;
  readonly classes: number;
  readonly tasks?: number;
  /** Size of the labels: that of the logits, as the peer has them (the default), or that of the image, as in a run. */
  readonly labels?: 'head' | 'image';
  /** A kind of weighting, with its default settings; the plain sum by default. */
  readonly weighting?: string;
  readonly profile?: string;
}

/** Milliseconds of one step. */
export interface StepParts {
  readonly total: number;
  readonly masks: number;
  /** The call of the graph, with what the binding copies in and out. */
  readonly graph: number;
  readonly update: number;
}

export const WARM_UP_STEPS = 2;

export const SGD = optimizerSchema.parse({ kind: 'sgd' });
export const RATES = { fusion: 100, headWeight: 10, headBias: 20 };
export const BASE_RATE = 1e-5;

export const networkOf = ({ fusion, width, classes, tasks }: StepBench) =>
  peerNetwork({ fusion, width, classes, keep: 0.5, tasks });

export const weightingOf = (options: StepBench) =>
  createWeighting(weightingSchema.parse({ kind: options.weighting ?? 'fixed' }), networkOf(options).tasks);

/**
 * @param target what the runtime prefers; by default `cpu`, whose graph is the same on every machine
 * @param resident whether weights stay on the device
 */
export function stepGraph(options: StepBench, target?: Target, resident = false): StepGraph {
  const { size, batch, labels = 'head' } = options;
  const side = Array.from({ length: 3 }).reduce((n: number) => Math.ceil(n / 2), size);
  return buildStep({
    network: networkOf(options),
    weighting: weightingOf(options),
    batch,
    height: size,
    width: size,
    ...(labels === 'head' ? { labelSize: [side, side] as const } : {}),
    lossWeights: LOSS_WEIGHTS,
    ...{ target, resident },
  });
}

/** Opens a step with weights, a batch and labels of random numbers. */
export async function openStep(options: StepBench) {
  const target = await nodeRuntime().target?.();
  const began = performance.now();
  const graph = stepGraph(options, target);
  const buildMillis = performance.now() - began;
  const random = new Random('bench');
  const values = initialValues(graph.variables.values(), random);
  const { threads, profile } = options;
  const filledMillis = performance.now() - began;
  const step = await CompiledStep.open(graph, nodeRuntime({ threads, profile }), values);
  const openMillis = performance.now() - began;
  const optimizer = createOptimizer(SGD, graph.variables.values(), values, { rates: RATES });
  const { image, labels } = randomBatch(options, graph, random);
  const masks = new DropoutMasks(graph.masks);
  const weigher = new Weigher(weightingOf(options), networkOf(options).tasks, LOSS_WEIGHTS, random.fork('weighting'));
  let count = 0;
  return {
    graph,
    buildMillis,
    /** Opening the session alone. */
    sessionMillis: openMillis - filledMillis,
    /** Graph, first weights and session. */
    openMillis,
    async run(): Promise<StepParts> {
      const began = performance.now();
      const filled = masks.fill(random.fork(count++));
      const weights = weigher.weightsFor(count);
      const masked = performance.now();
      const result = await step.run({ image, labels, masks: filled, weights });
      const ran = performance.now();
      optimizer.apply(weigher.weigh(count, result, weights, values).gradients, BASE_RATE, count);
      const end = performance.now();
      return { total: end - began, masks: masked - began, graph: ran - masked, update: end - ran };
    },
    close: () => step.close(),
  };
}

/** An image and labels of random numbers, of the sizes that the graph asks for. */
export function randomBatch(options: StepBench, graph: StepGraph, random: Random) {
  const filledBy = (name: string, next: () => number) =>
    Float32Array.from({ length: sizeOf(graph.model.inputs.get(name)?.shape ?? [0]) }, next);
  const labelOf: Record<(typeof TASKS)[keyof typeof TASKS], () => number> = {
    segmentation: () => (random.next() < 0.1 ? 255 : random.integer(options.classes)),
    normals: () => random.normal(),
    depth: () => random.uniform(1, 10),
    boundaries: () => (random.next() < 0.1 ? 1 : 0),
  };
  const image = filledBy(named.image, () => random.normal());
  const labels = Object.fromEntries(
    Object.entries(TASKS)
      .slice(0, options.tasks ?? 2)
      .map(([name, kind]) => [name, filledBy(named.label(name), labelOf[kind])]),
  );
  return { image, labels };
}

/** Opens a step and runs it, the first times untimed. */
export async function timeSteps(options: StepBench) {
  const step = await openStep(options);
  const parts: StepParts[] = [];
  for (let i = 0; i < options.steps + WARM_UP_STEPS; i++) parts.push(await step.run());
  await step.close();
  return { step, parts: parts.slice(WARM_UP_STEPS) };
}

/** The line of `bench step`. Tasks and labels are told where they are not the usual ones. */
export function stepLine(options: StepBench, { step, parts }: Awaited<ReturnType<typeof timeSteps>>) {
  const { fusion, width, size, batch, threads, tasks = 2, labels = 'head' } = options;
  const times = parts.map(({ total }) => total);
  const median = medianOf(times);
  return {
    peer: 'nddr',
    fusion,
    width,
    size,
    batch,
    threads,
    step_ms: rounded(median, 1),
    fastest_ms: rounded(Math.min(...times), 1),
    images_per_s: rounded((batch * 1000) / median, 3),
    peak_rss_mib: peakRssMib(),
    open_ms: Math.round(step.openMillis),
    nodes: step.graph.model.nodeCount,
    ...(tasks === 2 ? {} : { tasks }),
    ...(labels === 'head' ? {} : { labels }),
    ...(options.weighting === undefined ? {} : { weighting: options.weighting }),
  };
}

/** One step and its end: whoever started the process measures the time until the line comes. */
export async function firstStep(options: StepBench) {
  const step = await openStep(options);
  await step.run();
  return { peer: 'nddr', peak_rss_mib: peakRssMib() };
}
