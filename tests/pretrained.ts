/** Networks that take the weights of other programs, against what PyTorch computes (tests/peers/pretrained.py). */
import { type BuiltInBackbone, createBackbone } from '../src/backbones/index.js';
import { type Tensor, toModel } from '../src/engine/index.js';
import { nodeRuntime } from '../src/engine/runtime/node.js';
import { createFusion, type FusionConfig } from '../src/fusion/index.js';
import { buildNetwork, type Network } from '../src/network.js';
import { initialValues, type PaddingRule, type Values } from '../src/nn/scope.js';
import { elementsOf } from '../src/npy.js';
import {
  conventionOf,
  matchAll,
  readMatch,
  type SourceReport,
  targetOf,
  type WeightSource,
} from '../src/pretrained/index.js';
import { Random } from '../src/random.js';
import { createTask, type TaskConfig } from '../src/tasks/index.js';
import { crc32 } from '../src/weights/node/crc32.js';

import type { WeightEntry, WeightFile } from '../src/weights/weight-file.js';

type Rule = readonly [shape: readonly number[], offset: number, scale: number];

/** A network of another program, as the script records it. */
export interface Recorded {
  readonly width: number;
  readonly tensors: Readonly<Record<string, Rule>>;
  readonly outputs: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: string }>>;
}

/** offset + scale u, with u in [-1, 1) from a hash of the name and the index, as the script has it. */
export function numbers(name: string, shape: readonly number[], offset: number, scale: number): Float32Array {
  const start = crc32(Buffer.from(name));
  return Float32Array.from({ length: elementsOf(shape) }, (_, i) => {
    let hash = (Math.imul(i, 2654435761) + start) >>> 0;
    hash ^= hash >>> 16;
    hash = Math.imul(hash >>> 0, 0x45d9f3b) >>> 0;
    hash ^= hash >>> 16;
    return offset + scale * ((hash >>> 0) / 2 ** 31 - 1);
  });
}

/** A file of the recorded tensors, in memory. */
export const fileOf = ({ tensors }: Recorded): WeightFile => ({
  format: 'in memory',
  metadata: {},
  tensors: new Map(
    Object.entries(tensors).map(([name, [shape, offset, scale]]): [string, WeightEntry] => [
      name,
      { dtype: 'F32', shape, read: async () => ({ dtype: 'F32', shape, data: numbers(name, shape, offset, scale) }) },
    ]),
  ),
});

/** The network that takes the weights. */
export interface Taker {
  readonly backbone: BuiltInBackbone;
  readonly tasks: Readonly<Record<string, TaskConfig>>;
  readonly fusion?: FusionConfig;
  readonly padding?: PaddingRule;
  readonly size: readonly [height: number, width: number];
}

const CLASSES = ['a', 'b', 'c', 'd', 'e'];
export const ONE_MAP = { seg: { kind: 'segmentation', classes: CLASSES } } satisfies Taker['tasks'];
export const ONE_IMAGE = { kind: { kind: 'classification', classes: CLASSES } } satisfies Taker['tasks'];
export const TWO_MAPS = { ...ONE_MAP, facing: { kind: 'normals' } } satisfies Taker['tasks'];

export interface Comparison {
  /** Euclidean distances over the length of PyTorch's, by output. */
  readonly errors: Readonly<Record<string, number>>;
  readonly report: SourceReport;
  readonly fresh: readonly string[];
}

/** Takes the weights of a file into a network, and compares its features and logits with the recorded ones. */
export async function compare(
  recorded: Recorded,
  taker: Taker,
  source: Partial<WeightSource> = {},
): Promise<Comparison> {
  const given: WeightSource = { where: 'the file', file: fileOf(recorded), ...source };
  const convention = conventionOf(given) ?? { mean: [0, 0, 0] as const, deviation: [1, 1, 1] as const };
  const backbone = createBackbone(taker.backbone);
  const fusion = createFusion(taker.fusion ?? { kind: 'single' });
  const tasks = Object.entries(taker.tasks).map(([name, settings]) => createTask(name, settings));
  const names = tasks.map(({ name }) => name);
  // The fusion that remembers what the last stage left, which `buildNetwork` does not hand out.
  const features: Record<string, Tensor> = {};
  const network: Network = buildNetwork(
    {
      ...{ backbone, tasks, padding: taker.padding },
      normalisation: { mean: convention.mean, deviation: convention.deviation },
      fusion: {
        ...fusion,
        gather(context, stages) {
          const gathered = fusion.gather(context, stages);
          for (const [i, name] of names.entries()) features[name] = gathered[i];
          return gathered;
        },
      },
    },
    'evaluate',
    [1, ...taker.size],
  );
  const { variables } = network.build;
  const outputs = [...network.logits.values()];
  const target = targetOf({
    backbone,
    towers: fusion.towers(names),
    tasks: names,
    variables,
    outputs,
    size: taker.size,
  });
  const match = matchAll(target, [given]);
  const values: Values = initialValues(variables.values(), new Random(1));
  for (const path of match.fresh)
    if (/\.(weight|bias)$/.test(path)) {
      const { shape } = variables.get(path) as { readonly shape: readonly number[] };
      const scale = shape.length === 1 ? 0.2 : Math.sqrt(6 / elementsOf(shape.slice(1)));
      values.set(path, numbers(path, shape, 0, scale));
    }
  for (const [path, data] of await readMatch(match)) values.set(path, data);

  const wanted = Object.fromEntries(
    Object.keys(recorded.outputs).map((name) => {
      const [task, what] = name.split('.');
      const logits = [...network.logits].find(([{ name: of }]) => of === task)?.[1] as Tensor;
      return [name, what === 'features' ? features[task] : logits];
    }),
  );
  const session = await nodeRuntime({ threads: 1 }).open(toModel(wanted, { constants: values }).bytes);
  const shape = [1, 3, ...taker.size];
  const found = await session.run({ image: { dtype: 'float32', shape, data: numbers('image', shape, 127.5, 127) } });
  await session.close();
  const errors = Object.entries(recorded.outputs).map(([name, { data, shape: size }]) => {
    const bytes = new Uint8Array(Buffer.from(data, 'base64'));
    const same = found[name].shape.join() === size.join();
    return [name, same ? relativeError(found[name].data as Float32Array, new Float32Array(bytes.buffer)) : Number.NaN];
  });
  return {
    errors: Object.fromEntries(errors) as Record<string, number>,
    report: match.sources[0].report,
    fresh: match.fresh,
  };
}

function relativeError(found: Float32Array, wanted: Float32Array): number {
  let [distance, length] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    distance += (found[i] - wanted[i]) ** 2;
    length += wanted[i] ** 2;
  }
  return Math.sqrt(distance / length);
}
