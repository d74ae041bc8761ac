/** For tests: graphs run once, and gradients held against central differences. */
import assert from 'node:assert/strict';
import { Random } from '../random.js';
import {
  constant,
  cpu,
  type Floats,
  gradients,
  type HostTensor,
  mul,
  nodesOf,
  type Shape,
  sizeOf,
  source,
  sum,
  type Target,
  type Tensor,
  targets,
  toModel,
} from './index.js';
import { CPU_TUNING, type CpuTuning } from './lower/cpu/constants.js';
import { cpuTarget } from './lower/cpu/index.js';
import { float64Target } from './lower/float64/index.js';
import { lowered } from './lower/target.js';
import { addAll } from './ops/index.js';
import { nodeRuntime } from './runtime/node.js';

const runtime = nodeRuntime({ threads: 1 });

export type Feeds = Readonly<Record<string, ArrayLike<number>>>;

/** All targets, for loops over them. */
export const allTargets: readonly Target[] = Object.values(targets);

/** The targets that are tuned, with other numbers. */
export const tuned = (change: Partial<CpuTuning>): Readonly<Record<'cpu' | 'float64', Target>> => {
  const tuning = { ...CPU_TUNING, ...change };
  return { cpu: cpuTarget({ tuning }), float64: float64Target(tuning) };
};

async function open(outputs: Readonly<Record<string, Tensor>>, target: Target) {
  const model = toModel(outputs, { target });
  const session = await runtime.open(model.bytes);
  const arrays = {
    float32: Float32Array,
    float64: Float64Array,
    int32: Int32Array,
    bool: Uint8Array,
    uint8: Uint8Array,
  };
  const host = (name: string, values: ArrayLike<number>): HostTensor | undefined => {
    const type = model.inputs.get(name);
    if (!type) return undefined;
    const data =
      type.dtype === 'int64' ? BigInt64Array.from(Array.from(values), BigInt) : arrays[type.dtype].from(values);
    return { ...type, data };
  };
  return {
    async run(feeds: Feeds): Promise<Record<string, HostTensor>> {
      const given = Object.entries(feeds).map(([name, values]) => [name, host(name, values)] as const);
      return session.run(Object.fromEntries(given.filter((entry): entry is [string, HostTensor] => !!entry[1])));
    },
    close: () => session.close(),
  };
}

/** What the graph computes, each output as plain numbers. */
export async function evaluate<K extends string>(
  outputs: Readonly<Record<K, Tensor>>,
  feeds: Feeds = {},
  target: Target = cpu,
): Promise<Record<K, number[]>> {
  const session = await open(outputs, target);
  const results = await session.run(feeds);
  await session.close();
  return Object.fromEntries(
    Object.entries(results).map(([name, { data }]) => [name, Array.from<number | bigint, number>(data, Number)]),
  ) as Record<K, number[]>;
}

/** A constant tensor that no simplification sees through: a source and the feed that fills it. */
export interface Input {
  readonly shape: Shape;
  readonly values: Float32Array;
}

/**
 * Numbers from -1 to 1 in random order, all of them different and none near 0, so that no small step crosses a kink of
 * ReLU, max or abs; `of` maps them elsewhere. Inputs with different `slot` share no number either.
 */
export function distinct(shape: Shape, of: (x: number) => number = (x) => x, slot = 0): Input {
  const n = sizeOf(shape);
  const values = Float32Array.from({ length: n }, (_, i) => of((2 * (i + 0.3 + 0.2 * slot)) / n - 1));
  return { shape, values: new Random(`${shape.join('x')} ${slot}`).shuffle(values) };
}

export interface GradientErrors {
  /** Distance of float64 gradients from central differences. */
  readonly numeric: number;
  /** By target: distances of the outputs and of the gradients in float32 from those in float64. */
  readonly rounding: Readonly<Record<string, { readonly outputs: number; readonly gradients: number }>>;
  /** Names of all ops of the forward graph, and of the whole one, also as it is lowered. */
  readonly forwardOps: ReadonlySet<string>;
  readonly ops: ReadonlySet<string>;
}

const STEP = 1e-5;
/** Elements of an input whose derivative is measured; of a larger input a spread-out selection. */
const MOST_ELEMENTS = 150;

/**
 * Compares the gradients of a graph with central differences, in float64, and what the targets of float32 make of the
 * graph with float64. Each distance is the largest of any element over the largest element of the array.
 * @param tuning what the case changes of the tuned targets
 */
export async function checkGradients(
  inputs: readonly Input[],
  build: (...xs: Tensor[]) => Tensor | readonly Tensor[],
  tuning: Partial<CpuTuning> = {},
): Promise<GradientErrors> {
  const forms = { ...targets, ...tuned(tuning) };
  const names = inputs.map((_, i) => `x${i}`);
  const xs = inputs.map(({ shape }, i) => source(names[i], shape));
  const built = build(...xs);
  const ys = (Array.isArray(built) ? built : [built]) as readonly Tensor[];
  // A weight of its own for every element: errors cannot cancel.
  const loss = addAll(ys.map((y, i) => sum(mul(y, constant(weights(y.shape, i), y.shape)))));
  const dxs = gradients(loss, xs);
  const outputs = Object.fromEntries([
    ...ys.map((y, i) => [`y${i}`, y] as const),
    ...dxs.map((dx, i) => [`d${i}`, dx] as const),
  ]);
  const feeds = Object.fromEntries(names.map((name, i) => [name, Float64Array.from(inputs[i].values)]));
  const double = await evaluate(outputs, feeds, forms.float64);
  const rounding: Record<string, { outputs: number; gradients: number }> = {};
  for (const target of Object.values(forms).filter((form) => form.precision === 'float32')) {
    const single = await evaluate(outputs, feeds, target);
    const furthest = (kind: string) =>
      Math.max(...Object.keys(outputs).map((key) => (key.startsWith(kind) ? distance(single[key], double[key]) : 0)));
    rounding[target.name] = { outputs: furthest('y'), gradients: furthest('d') };
  }

  const session = await open({ loss }, forms.float64);
  const lossOf = async () => Number((await session.run(feeds)).loss.data[0]);
  let numeric = 0;
  for (const [i, name] of names.entries()) {
    const array = feeds[name];
    const stride = Math.max(1, Math.ceil(array.length / MOST_ELEMENTS));
    const [measured, wanted]: [number[], number[]] = [[], []];
    for (let at = 0; at < array.length; at += stride) {
      const x = array[at];
      array[at] = x + STEP;
      const above = await lossOf();
      array[at] = x - STEP;
      const below = await lossOf();
      array[at] = x;
      wanted.push((above - below) / (2 * STEP));
      measured.push(double[`d${i}`][at]);
    }
    numeric = Math.max(numeric, distance(measured, wanted));
  }
  await session.close();
  const namesOf = (tensors: readonly Tensor[]) => new Set(nodesOf(tensors).map(({ rules }) => rules.name));
  return {
    numeric,
    rounding,
    forwardOps: namesOf(ys),
    ops: new Set([...namesOf([...ys, ...dxs]), ...namesOf(lowered([...ys, ...dxs], forms.cpu))]),
  };
}

function weights(shape: Shape, output: number): Floats {
  const random = new Random(`weights ${output}`);
  return Float64Array.from({ length: sizeOf(shape) }, () => random.uniform(0.5, 1.5) * (random.next() < 0.5 ? -1 : 1));
}

/** Largest difference over the largest wanted number. NaN and infinity count as infinitely far. */
export function distance(found: readonly number[], wanted: readonly number[]): number {
  if (found.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let [difference, size] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    if (!Number.isFinite(found[i] - wanted[i])) return Number.POSITIVE_INFINITY;
    difference = Math.max(difference, Math.abs(found[i] - wanted[i]));
    size = Math.max(size, Math.abs(wanted[i]));
  }
  return difference === 0 ? 0 : difference / Math.max(size, 1e-6);
}

/** For values and gradients worked by hand, at kinks and extremes: an op of a vector [n], on every target. */
export async function holds(
  name: string,
  op: (x: Tensor) => Tensor,
  x: readonly number[],
  y: readonly number[],
  dx: readonly number[],
  tolerance = 1e-6,
): Promise<void> {
  const xs = source('x', [x.length]);
  const value = op(xs);
  const [gradient] = gradients(sum(value), [xs]);
  for (const target of allTargets) {
    const found = await evaluate({ y: value, dx: gradient }, { x }, target);
    assert.ok(distance(found.y, y) < tolerance, `${name} on ${target.name}: [${found.y}], not [${y}]`);
    assert.ok(distance(found.dx, dx) < tolerance, `gradient of ${name} on ${target.name}: [${found.dx}], not [${dx}]`);
  }
}
