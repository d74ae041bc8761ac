/** For tests: what a device makes of ops and their gradients, against the CPU. */
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { cases } from '../../gradients.test.cases.js';
import type { Case } from '../../gradients.test.inputs.js';
import { distance } from '../../gradients.test.support.js';
import {
  argMax,
  cpu,
  dropoutFactors,
  gradients,
  mul,
  oneHot,
  type Shape,
  sizeOf,
  source,
  sum,
  type Target,
  type Tensor,
  toModel,
  webgpu,
} from '../../index.js';
import { addAll } from '../../ops/index.js';
import { answer } from '../../runtime/webgpu.test.child.js';

/** How far the values and gradients of a case are from the CPU's, as `distance` measures it. */
export interface Distance {
  readonly op: string;
  readonly title: string;
  readonly found: number;
  /** What rounding may make of it. */
  readonly allowed: number;
}

const outputs: Record<string, Tensor> = {};
const feeds: Record<string, OrtTensor> = {};
const bars = new Map<string, Omit<Distance, 'found'>>();

function fed(name: string, shape: Shape, values: Float32Array | Int32Array | Uint8Array): Tensor {
  const dtype = values instanceof Float32Array ? 'float32' : values instanceof Int32Array ? 'int32' : 'uint8';
  feeds[name] = new OrtTensor(dtype, values, shape);
  return source(name, shape, dtype);
}

const waves = (shape: Shape) => Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(7 * i + 1));

function addCase(op: string, { title, inputs, build, rounding = 1e-5 }: Case): void {
  const id = `${bars.size}`;
  bars.set(id, { op, title, allowed: rounding });
  const xs = inputs.map(({ shape, values }, i) => fed(`${id}.x${i}`, shape, values));
  const ys = [build(...xs)].flat();
  // The gradient that comes from above is fed: to a constant the runtime would apply a form of its own.
  const loss = addAll(ys.map((y, i) => sum(mul(y, fed(`${id}.g${i}`, y.shape, waves(y.shape))))));
  for (const [i, output] of [...ys, ...gradients(loss, xs)].entries()) outputs[`${id}.${i}`] = output;
}

function addValue(op: string, y: Tensor): void {
  const id = `${bars.size}`;
  bars.set(id, { op, title: 'its value', allowed: 0 });
  outputs[`${id}.0`] = y;
}

/** A session that opens only if every node runs on the provider. */
async function run(target: Target, provider: string) {
  const model = toModel(outputs, { target });
  const session = await InferenceSession.create(model.bytes, {
    executionProviders: [provider],
    logSeverityLevel: 3,
    ...(provider !== 'cpu' && { extra: { session: { disable_cpu_ep_fallback: '1' } } }),
  });
  const found = await session.run(Object.fromEntries(Object.entries(feeds).filter(([name]) => model.inputs.has(name))));
  await session.release();
  return found;
}

const [which] = process.argv.slice(2);
/** Of most ops the first case: every further kernel takes a device in software a tenth of a second to compile. */
const chosen = (op: string, list: readonly Case[]) =>
  which === 'all' || op === 'maxPool' ? list : list.filter(({ title }, i) => i === 0 || KINDS.test(title));
const KINDS = /^3x3, stride 2, padding 1, odd|^two groups|^a group a channel, stride 2, odd|^3x2, strides, dilations/;

for (const [op, list] of Object.entries(cases)) for (const one of chosen(op, list)) addCase(op, one);
addValue('argMax', argMax(fed('scores', [2, 3, 4], waves([2, 3, 4])), 1));
addValue('oneHot', oneHot(fed('classes', [4, 1], Int32Array.of(2, 0, 255, 1)), 3, 1));
addValue('dropoutFactors', dropoutFactors(fed('bytes', [4], Uint8Array.of(0, 127, 128, 255)), 128));

await answer(async () => {
  const [device, host] = [await run(webgpu, 'webgpu'), await run(cpu, 'cpu')];
  const numbers = ({ data }: OrtTensor) => Array.from(data as Float32Array, Number);
  return [...bars].map(([id, bar]): Distance => {
    const names = Object.keys(outputs).filter((name) => name.startsWith(`${id}.`));
    return { ...bar, found: Math.max(...names.map((name) => distance(numbers(device[name]), numbers(host[name])))) };
  });
});
