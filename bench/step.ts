/** Times whole training steps: fresh dropout masks, forward, backward, update; the batch is in memory already. */

import { sizeOf } from '../src/engine/index.js';
import { nodeRuntime } from '../src/engine/runtime/node.js';
import { initialValues } from '../src/nn/scope.js';
import { Random } from '../src/random.js';
import { DropoutMasks } from '../src/train/dropout.js';
import { sgd } from '../src/train/optimizer.js';
import { buildStep, CompiledStep, named } from '../src/train/step.js';
import { peerNetwork } from './options.js';

export interface StepBench {
  readonly fusion: string;
  readonly width: number;
  readonly size: number;
  readonly batch: number;
  readonly steps: number;
  readonly threads: number;
  readonly classes: number;
  readonly profile?: string;
}

const WARM_UP_STEPS = 2;

export async function benchStep(options: StepBench): Promise<Record<string, unknown>> {
  const { fusion, width, size, batch, steps, threads, classes } = options;
  const network = peerNetwork({ fusion, width, classes, keep: 0.5 });
  const opened = performance.now();
  // Labels at the size of the logits, as the peer has them.
  const side = Array.from({ length: 3 }).reduce((n: number) => Math.ceil(n / 2), size);
  const graph = buildStep({
    network,
    batch,
    height: size,
    width: size,
    labelSize: [side, side],
    lossWeights: { normal: 20 },
  });
  const random = new Random('bench');
  const values = initialValues(graph.variables.values(), random);
  const step = await CompiledStep.open(graph, nodeRuntime({ threads, profile: options.profile }), values);
  const openMillis = performance.now() - opened;
  const optimizer = sgd(graph.variables.values(), values, {
    momentum: 0.9,
    decay: 2.5e-4,
    rates: { fusion: 100, headWeight: 10, headBias: 20 },
  });
  const filledBy = (name: string, next: () => number) =>
    Float32Array.from({ length: sizeOf(graph.model.inputs.get(name)?.shape ?? [0]) }, next);
  const image = filledBy(named.image, () => random.normal());
  const labels = {
    seg: filledBy(named.label('seg'), () => (random.next() < 0.1 ? 255 : random.integer(classes))),
    normal: filledBy(named.label('normal'), () => random.normal()),
  };
  const masks = new DropoutMasks(graph.masks);
  const times: number[] = [];
  for (let i = 0; i < steps + WARM_UP_STEPS; i++) {
    const began = performance.now();
    const { gradients } = await step.run({ image, labels, masks: masks.fill(random.fork(i)) });
    optimizer.apply(gradients, 1e-5);
    times.push(performance.now() - began);
  }
  await step.close();
  const sorted = times.slice(WARM_UP_STEPS).sort((a, b) => a - b);
  const median = sorted[steps >> 1];
  return {
    peer: 'nddr',
    fusion,
    width,
    size,
    batch,
    threads,
    step_ms: Number(median.toFixed(1)),
    fastest_ms: Number(sorted[0].toFixed(1)),
    images_per_s: Number(((batch * 1000) / median).toFixed(3)),
    peak_rss_mib: Math.round(process.resourceUsage().maxRSS / 1024),
    open_ms: Math.round(openMillis),
    nodes: graph.model.nodeCount,
  };
}
