/** Times the exported model on one image, and how long models take to build and to open. */
import { nodeRuntime } from '../src/engine/runtime/node.js';
import { buildNetwork } from '../src/network.js';
import { initialValues } from '../src/nn/scope.js';
import { Random } from '../src/random.js';
import { inferenceModel } from '../src/train/predictor.js';
import { peerNetwork } from './options.js';
import { medianOf, peakRssMib, rounded } from './statistics.js';
import { openStep, type StepBench } from './step.js';

export interface InferBench {
  readonly fusion: string;
  readonly width: number;
  readonly classes: number;
  readonly tasks?: number;
  readonly threads: number;
  /** Pixels of both sides, or HEIGHTxWIDTH. */
  readonly size: string;
  readonly steps: number;
}

const WARM_UP_RUNS = 3;

async function openInference({ fusion, width, classes, tasks, threads }: Omit<InferBench, 'size' | 'steps'>) {
  const network = peerNetwork({ fusion, width, classes, keep: 0.5, tasks });
  const { build } = buildNetwork(network, 'evaluate', [1, 64, 64]);
  const values = initialValues(build.variables.values(), new Random('bench'));
  const began = performance.now();
  const model = inferenceModel(network, values);
  const built = performance.now();
  const session = await nodeRuntime({ threads }).open(model.bytes);
  return { session, model, buildMillis: built - began, openMillis: performance.now() - built };
}

/** One image of random numbers through the model that `nddr export` writes; answers come at image size. */
export async function benchInfer(options: InferBench) {
  const { size, steps, fusion, width, threads } = options;
  const [height, columns] = `${size}x${size}`.split('x').map(Number);
  const { session } = await openInference(options);
  const random = new Random('bench');
  const shape = [1, 3, height, columns];
  const data = Float32Array.from({ length: 3 * height * columns }, () => random.integer(256));
  const times: number[] = [];
  for (let i = 0; i < steps + WARM_UP_RUNS; i++) {
    const began = performance.now();
    await session.run({ image: { dtype: 'float32', shape, data } });
    times.push(performance.now() - began);
  }
  await session.close();
  const median = medianOf(times.slice(WARM_UP_RUNS));
  return {
    peer: 'nddr',
    fusion,
    width,
    size,
    threads,
    infer_ms: rounded(median, 2),
    images_per_s: rounded(1000 / median, 3),
    peak_rss_mib: peakRssMib(),
  };
}

/** How long a model takes until it can run: written as a graph, then opened by the runtime. */
export async function benchOpen({ what, ...options }: StepBench & { readonly what: 'step' | 'infer' }) {
  const told = (buildMillis: number, openMillis: number, nodes: number) => ({
    peer: 'nddr',
    build_ms: Math.round(buildMillis),
    open_ms: Math.round(openMillis),
    nodes,
    peak_rss_mib: peakRssMib(),
  });
  if (what === 'infer') {
    const { session, model, buildMillis, openMillis } = await openInference(options);
    await session.close();
    return told(buildMillis, openMillis, model.nodeCount);
  }
  const step = await openStep(options);
  await step.close();
  return told(step.buildMillis, step.sessionMillis, step.graph.model.nodeCount);
}
