/** Exports the weights of a run as a safetensors file, with a table of what each tensor is. */
import { FLOAT16_MAX, toFloat16 } from '../engine/float16.js';
import { NddrError } from '../errors.js';
import { expectFolderOf, readWhole, writeJson, writeWhole } from '../files.js';
import { buildNetwork } from '../network.js';
import type { Variable } from '../nn/scope.js';
import { factsOf } from '../train/model-facts.js';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../weights/safetensors.js';
import type { ExportOptions } from './export.js';
import { openRun } from './open-run.js';
import { networkOf } from './setup.js';
import { version } from './version.js';
import { runWeights } from './weights.js';

export interface WeightsExported {
  readonly path: string;
  /** The file with the table. */
  readonly table: string;
  readonly bytes: number;
  readonly tensors: number;
  readonly parameters: number;
}

/** What a tensor of the file is. */
interface Row {
  readonly shape: readonly number[];
  /** What it does in its layer: weight, bias, gamma, beta, mixing (of a fusion) or a running statistic. */
  readonly role: string;
  /** The part of the network: `base` (a backbone), `fusion` or `head`. */
  readonly part: string;
  /** The tower or the task, or the fusion after a stage. */
  readonly of: string;
  readonly layer: string;
}

/**
 * Writes the weights of a run as safetensors, and beside it FILE.json with a table: shape, role, part and layer of each
 * tensor. Names are those of checkpoints, which `train.start` takes. The metadata of the file says what the metadata of
 * an exported model says. The file is read back before it takes its name, and its table is there by then.
 * @throws NddrError when a weight is too large for float16, or a file cannot be written
 */
export async function exportWeights(
  path: string,
  options: Pick<ExportOptions, 'weights' | 'out' | 'storage' | 'set' | 'allowModule'> = {},
): Promise<WeightsExported> {
  const { weights: choice = 'best', storage = 'float32', set, allowModule } = options;
  const { folder, config } = await openRun(path, set);
  const target = options.out ?? folder.modelPath.replace(/\.onnx$/, '.safetensors');
  if (options.out !== undefined) expectFolderOf(target, '--out');
  const network = await networkOf(config, { allowModule });
  const { values, step, weights } = await runWeights(folder, choice);
  const { variables } = buildNetwork(network, 'evaluate', [1, 64, 64]).build;
  const tensors = new Map<string, StoredTensor>();
  const rows: Record<string, Row> = {};
  let parameters = 0;
  for (const variable of variables.values()) {
    const data = values.get(variable.path);
    if (!data) throw new NddrError(`The checkpoint lacks ${variable.path}: it is not one of this run's network.`);
    tensors.set(variable.path, stored(variable, data, storage));
    rows[variable.path] = rowOf(variable);
    parameters += data.length;
  }
  const facts = factsOf(network, {
    outputs: 'probabilities',
    origin: { version: version(), run: config.name, step, weights },
  });
  const chunks = encodeSafetensors(tensors, { nddr: JSON.stringify(facts) });
  const table = `${target}.json`;
  await writeWhole(target, chunks, async (aside) => {
    const { tensors: read } = decodeSafetensors(await readWhole(aside), target);
    for (const [name, { data }] of tensors)
      if (!same(data, read.get(name)?.data))
        throw new NddrError(`${target} was not written: ${name} reads back otherwise.`);
    await writeJson(table, { file: facts, tensors: rows });
  });
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
  return { path: target, table, bytes, tensors: tensors.size, parameters };
}

/** A tensor as it is stored. Vectors are a thousandth of the file: they keep all their digits. */
function stored({ path, shape }: Variable, data: Float32Array, storage: ExportOptions['storage']): StoredTensor {
  if (storage !== 'float16' || shape.length < 2) return { dtype: 'F32', shape, data };
  const beyond = data.find((value) => !(Math.abs(value) <= FLOAT16_MAX));
  if (beyond !== undefined)
    throw new NddrError(`${path} holds ${beyond}, and float16 ends at ${FLOAT16_MAX}: leave --fp16 out.`);
  return { dtype: 'F16', shape, data: toFloat16(data) };
}

function rowOf({ path, shape, role, group }: Variable): Row {
  const parts = path.split('.');
  return { shape, role, part: group, of: parts[0], layer: parts.slice(1, -1).join('.') };
}

const same = (a: StoredTensor['data'], b: StoredTensor['data'] | undefined): boolean =>
  b !== undefined && Buffer.compare(bytesOf(a), bytesOf(b)) === 0;

const bytesOf = ({ buffer, byteOffset, byteLength }: StoredTensor['data']) =>
  Buffer.from(buffer, byteOffset, byteLength);
