/** Runs the steps that a fixture of another program recorded and says how far the numbers are apart. */

import { peerNetwork } from '../bench/options.js';
import { cpu, type Floats, float64, type Precision } from '../src/engine/index.js';
import { nodeRuntime } from '../src/engine/runtime/node.js';
import { NddrError } from '../src/errors.js';
import { readWhole } from '../src/files.js';
import type { Values } from '../src/nn/scope.js';
import { createOptimizer } from '../src/train/optimizers/index.js';
import { CompiledStep, type StepResult } from '../src/train/step.js';
import { buildStep, named } from '../src/train/step-graph.js';
import { decodeSafetensors, type StoredTensor } from '../src/weights/safetensors.js';

/** Relative distances; an array's is that of Euclidean norms. */
export interface Measures {
  /** Largest of the first step's losses. */
  readonly loss: number;
  /** Largest of the first step's logits. */
  readonly output: number;
  readonly gradMedian: number;
  readonly 'gradShareUnder1e-3': number;
  readonly gradWorst: number;
  /** Largest of all steps' losses. */
  readonly trace: number;
  /** Median of the variables after the last step. */
  readonly finalMedian: number;
}

/**
 * The distances of a step computed in float64, which tell whether the formulas are right, and those of the float32 step
 * that training runs. Of the latter only the first step's losses and outputs are held to a bar: where rounding moves a
 * pixel over the edge of a ReLU or a pooling window, gradients jump, and the steps that follow part.
 */
export interface Parity extends Measures {
  readonly file: string;
  readonly float32: Measures;
  readonly ok: boolean;
}

const NORMAL_WEIGHT = 20;

/** @throws NddrError when the file is not a fixture of `bench/peers/torch_nddr.py dump` */
export async function measureParity(file: string): Promise<Parity> {
  const fixture = new Fixture(file, await readWhole(file));
  const float64 = await measure(fixture, 'float64');
  const float32 = await measure(fixture, 'float32');
  return { file, ...float64, float32, ok: within(float64) && float32.loss <= 1e-4 && float32.output <= 1e-4 };
}

/** NaN is within nothing. */
const within = (m: Measures): boolean =>
  m.loss <= 1e-4 &&
  m.output <= 1e-4 &&
  m.gradMedian <= 1e-4 &&
  m['gradShareUnder1e-3'] >= 0.97 &&
  m.gradWorst <= 3e-2 &&
  m.trace <= 1e-4 &&
  m.finalMedian <= 1e-4;

class Fixture {
  private readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;

  constructor(
    readonly file: string,
    bytes: Uint8Array,
  ) {
    ({ tensors: this.tensors, metadata: this.metadata } = decodeSafetensors(bytes, file));
  }

  tensor(name: string): StoredTensor {
    const tensor = this.tensors.get(name);
    if (tensor) return tensor;
    throw new NddrError(
      `${this.file} holds no tensor ${name}: expected a file made by bench/peers/torch_nddr.py dump.`,
    );
  }

  /** A copy of a tensor's numbers. */
  floats(name: string, precision: Precision): Floats {
    const data = this.tensor(name).data as Float32Array;
    return precision === 'float64' ? Float64Array.from(data) : Float32Array.from(data);
  }
}

async function measure(fixture: Fixture, precision: Precision): Promise<Measures> {
  const { file, metadata } = fixture;
  const floats = (name: string) => fixture.floats(name, precision);
  const [batch, , height, width] = fixture.tensor('image').shape;
  const [, h, w] = fixture.tensor('seg').shape;
  const graph = buildStep({
    network: peerNetwork({
      fusion: metadata.fusion,
      width: Number(metadata.width),
      classes: Number(metadata.classes),
      keep: 1,
    }),
    batch,
    height,
    width,
    labelSize: [h, w],
    lossWeights: { normal: NORMAL_WEIGHT },
    keepLogits: true,
    // In float32 as training has it.
    target: precision === 'float32' ? ((await nodeRuntime().target?.()) ?? cpu) : float64,
  });
  const values: Values<Floats> = new Map();
  for (const { path, shape } of graph.variables.values()) {
    const { shape: stored } = fixture.tensor(`initial.${path}`);
    if (stored.join() !== shape.join())
      throw new NddrError(`${file}: ${path} is [${stored}], but the network that its metadata names wants [${shape}].`);
    values.set(path, floats(`initial.${path}`));
  }
  // The effective decay of several tasks is half the setting's; it acts on the weights of convolutions only.
  const decay = Number(metadata.weight_decay) / 2;
  const sgd = { kind: 'sgd', momentum: Number(metadata.momentum), nesterov: false, decay } as const;
  const rates = { fusion: 100, headWeight: 10, headBias: 20 };
  const optimizer = createOptimizer(sgd, graph.variables.values(), values, { rates });

  const normal = floats('normal');
  const mask = floats('mask');
  for (let i = 0; i < normal.length; i++) normal[i] *= mask[Math.floor(i / (3 * h * w)) * h * w + (i % (h * w))];
  const feeds = { image: floats('image'), labels: { seg: floats('seg'), normal }, masks: {} };
  const weights = [...graph.variables.values()].filter(({ role }) => role === 'weight');
  const halfSquares = () => weights.reduce((sum, { path }) => sum + squaredLength(values.get(path) as Floats) / 2, 0);

  const step = await CompiledStep.open(graph, nodeRuntime(), values);
  const trace: number[] = [];
  let first: StepResult<Floats> | undefined;
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
    optimizer.apply(result.gradients, Number(metadata.lr), i + 1);
  }
  await step.close();
  const wanted = floats('trace');
  const traceErrors = trace.map((value, i) => Math.abs(value - wanted[i]) / Math.abs(wanted[i]));
  const finals = [...values].map(([path, value]) => relativeError(value, floats(`final.${path}`)));
  const outputs = ['seg', 'normal'].map((task) =>
    relativeError(first?.outputs[named.logits(task)].data as Floats, floats(`output.${task}`)),
  );
  return {
    loss: Math.max(...traceErrors.slice(0, 3)),
    output: Math.max(...outputs),
    gradMedian: median(gradientErrors),
    'gradShareUnder1e-3': gradientErrors.filter((e) => e < 1e-3).length / gradientErrors.length,
    gradWorst: Math.max(...gradientErrors),
    trace: Math.max(...traceErrors),
    finalMedian: median(finals),
  };
}

/** Euclidean distance over the length of the wanted array. */
function relativeError(found: Floats, wanted: Floats): number {
  if (found.length !== wanted.length) return Number.NaN;
  const distance = squaredLength(found.map((x, i) => x - wanted[i]));
  const length = squaredLength(wanted);
  return Math.sqrt(length === 0 ? distance : distance / length);
}

function squaredLength(x: Floats): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * x[i];
  return sum;
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
