/** A run as an ONNX model that any runtime executes. */
import { type Runtime, toModel } from '../engine/index.js';
import { nodeRuntime } from '../engine/runtime/node.js';
import { NddrError } from '../errors.js';
import { readWhole, writeWhole } from '../files.js';
import { answers, buildNetwork, type NetworkOptions } from '../network.js';
import type { Values } from '../nn/scope.js';
import { Random } from '../random.js';
import { inferenceModel } from '../train/predictor.js';
import { openRun } from './judge.js';
import { networkOf } from './setup.js';
import { runWeights, type Which } from './weights.js';

export interface ExportOptions {
  /** The best weights by default. */
  readonly which?: Which;
  /** The model file; `model.onnx` in the run's folder by default. */
  readonly out?: string;
}

export interface Exported {
  readonly path: string;
  readonly bytes: number;
  /** Largest difference, at two image sizes, between the file and the network that training evaluates; per task. */
  readonly differences: Readonly<Record<string, number>>;
}

/** Above this the model is not the network: answers are shares, unit vectors or metres. */
const TOLERANCE = 1e-3;
const SIZES = [
  [97, 121],
  [160, 96],
] as const;

/**
 * Writes the ONNX model of a run and checks it: the file is read back and run on random images beside the graph of fixed size
 * whose weights are fed from outside, as training has it.
 * @throws NddrError when the two differ, or the file cannot be written
 */
export async function exportRun(path: string, { which = 'best', out }: ExportOptions = {}): Promise<Exported> {
  const { folder, config } = await openRun(path);
  const network = networkOf(config);
  const { values } = await runWeights(folder, which);
  const target = out ?? folder.modelPath;
  const { bytes } = inferenceModel(network, values);
  await writeWhole(target, [bytes]);
  const differences = await compare(network, values, await readWhole(target), nodeRuntime());
  for (const [task, difference] of Object.entries(differences)) {
    if (!(difference <= TOLERANCE))
      throw new NddrError(
        `${target}: the answers of ${task} differ by ${difference} from those of the network it was made of.`,
      );
  }
  return { path: target, bytes: bytes.length, differences };
}

async function compare(network: NetworkOptions, values: Values, file: Uint8Array, runtime: Runtime) {
  const differences: Record<string, number> = {};
  const exported = await runtime.open(file);
  for (const [height, width] of SIZES) {
    const graph = toModel(answers(buildNetwork(network, 'evaluate', [1, height, width])));
    const fixed = await runtime.open(graph.bytes);
    const random = new Random('export').fork(height);
    const data = Float32Array.from({ length: 3 * height * width }, () => random.integer(256));
    const feeds = Object.fromEntries(
      [...graph.inputs].map(([name, type]) => [
        name,
        { ...type, data: name === 'image' ? data : arrayOf(values, name) },
      ]),
    );
    const wanted = await fixed.run(feeds);
    const found = await exported.run({ image: { dtype: 'float32', shape: [1, 3, height, width], data } });
    for (const task of Object.keys(wanted)) {
      const [a, b] = [wanted[task].data as Float32Array, found[task].data as Float32Array];
      const scale = network.tasks.some(({ name, kind }) => name === task && kind === 'depth') ? 1 / largest(a) : 1;
      const difference = a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0) * scale;
      differences[task] = Math.max(differences[task] ?? 0, a.length === b.length ? difference : Number.NaN);
    }
    await fixed.close();
  }
  await exported.close();
  return differences;
}

const largest = (values: Float32Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

function arrayOf(values: Values, path: string): Float32Array {
  const array = values.get(path);
  if (!array) throw new NddrError(`The checkpoint lacks ${path}: it is not one of this run's network.`);
  return array;
}
