/** Runs the steps that a fixture of another program recorded and says how far the numbers are apart. */

import { peerNetwork } from '../bench/options.js';
import { nodeRuntime } from '../src/engine/runtime/node.js';
import { NddrError } from '../src/errors.js';
import { readWhole } from '../src/files.js';
import type { Values } from '../src/nn/scope.js';
import { sgd } from '../src/train/optimizer.js';
import { buildStep, CompiledStep, named, type StepResult } from '../src/train/step.js';
import { decodeSafetensors, type StoredTensor } from '../src/weights/safetensors.js';

export interface Parity {
  readonly file: string;
  readonly loss: number;
  readonly output: number;
  readonly gradMedian: number;
  readonly 'gradShareUnder1e-3': number;
  readonly gradWorst: number;
  readonly trace: number;
  readonly finalMedian: number;
  readonly ok: boolean;
}

const NORMAL_WEIGHT = 20;

/** @throws NddrError when the file is not a fixture of `torch_nddr.py dump` */
export async function measureParity(file: string): Promise<Parity> {
  const { tensors, metadata } = decodeSafetensors(await readWhole(file), file);
  const need = (name: string): StoredTensor => {
    const tensor = tensors.get(name);
    if (!tensor) throw new NddrError(`${file} holds no tensor ${name}: expected a file made by torch_nddr.py dump.`);
    return tensor;
  };
  const floats = (name: string): Float32Array => Float32Array.from(need(name).data as Float32Array);
  const [batch, , height, width] = need('image').shape;
  const [, h, w] = need('seg').shape;
  const network = peerNetwork({
    fusion: metadata.fusion,
    width: Number(metadata.width),
    classes: Number(metadata.classes),
    keep: 1,
  });
  const graph = buildStep({
    network,
    batch,
    height,
    width,
    labelSize: [h, w],
    lossWeights: { normal: NORMAL_WEIGHT },
    keepLogits: true,
  });
  const values: Values = new Map();
  for (const { path, shape } of graph.variables.values()) {
    const { shape: stored } = need(`initial.${path}`);
    if (stored.join() !== shape.join())
      throw new NddrError(`${file}: ${path} is [${stored}], but the network that its metadata names wants [${shape}].`);
    values.set(path, floats(`initial.${path}`));
  }
  // The effective decay of several tasks is half the setting's; it acts on the weights of convolutions only.
  const decay = Number(metadata.weight_decay) / 2;
  const optimizer = sgd(graph.variables.values(), values, {
    momentum: Number(metadata.momentum),
    decay,
    rates: { fusion: 100, headWeight: 10, headBias: 20 },
  });

  const normal = floats('normal');
  const mask = floats('mask');
  for (let i = 0; i < normal.length; i++) normal[i] *= mask[Math.floor(i / (3 * h * w)) * h * w + (i % (h * w))];
  const feeds = { image: floats('image'), labels: { seg: floats('seg'), normal }, masks: {} };
  const weights = [...graph.variables.values()].filter(({ role }) => role === 'weight');
  const halfSquares = () =>
    weights.reduce((sum, { path }) => sum + (values.get(path) as Float32Array).reduce((s, x) => s + x * x, 0) / 2, 0);

  const step = await CompiledStep.open(graph, nodeRuntime(), values);
  const trace: number[] = [];
  let first: StepResult | undefined;
  let gradientErrors: number[] = [];
  for (let i = 0; i < Number(metadata.steps); i++) {
    const penalty = decay * halfSquares();
    const result = await step.run(feeds);
    const { seg, normal: angle } = result.losses;
    trace.push(seg, angle, seg + NORMAL_WEIGHT * angle + penalty);
    if (!first) {
      first = result;
      gradientErrors = [...result.gradients].map(([path, gradient]) => {
        const pull = graph.variables.get(path)?.role === 'weight' ? decay : 0;
        const whole = gradient.map((g, j) => g + pull * (values.get(path)?.[j] ?? Number.NaN));
        return relativeError(whole, floats(`grad.${path}`));
      });
    }
    optimizer.apply(result.gradients, Number(metadata.lr));
  }
  await step.close();
  const wanted = floats('trace');
  const traceErrors = trace.map((value, i) => Math.abs(value - wanted[i]) / Math.abs(wanted[i]));
  const finals = [...values].map(([path, value]) => relativeError(value, floats(`final.${path}`)));
  const outputs = ['seg', 'normal'].map((task) =>
    relativeError(first?.outputs[named.logits(task)].data as Float32Array, floats(`output.${task}`)),
  );
  const measured = {
    file,
    loss: Math.max(...traceErrors.slice(0, 3)),
    output: Math.max(...outputs),
    gradMedian: median(gradientErrors),
    'gradShareUnder1e-3': gradientErrors.filter((e) => e < 1e-3).length / gradientErrors.length,
    gradWorst: Math.max(...gradientErrors),
    trace: Math.max(...traceErrors),
    finalMedian: median(finals),
  };
  return { ...measured, ok: within(measured) };
}

/** NaN is within nothing. */
const within = (m: Omit<Parity, 'ok'>): boolean =>
  m.loss <= 1e-4 &&
  m.output <= 1e-4 &&
  m.gradMedian <= 1e-4 &&
  m['gradShareUnder1e-3'] >= 0.97 &&
  m.gradWorst <= 3e-2 &&
  m.trace <= 1e-4 &&
  m.finalMedian <= 1e-4;

/** Euclidean distance over the length of the wanted array. */
function relativeError(found: Float32Array, wanted: Float32Array): number {
  if (found.length !== wanted.length) return Number.NaN;
  let [distance, length] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    distance += (found[i] - wanted[i]) ** 2;
    length += wanted[i] ** 2;
  }
  return length === 0 ? Math.sqrt(distance) : Math.sqrt(distance / length);
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
