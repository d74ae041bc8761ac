/**
 * Models of TensorFlow.js: a `model.json` (layers or graph model) or a bare `weights_manifest.json`, with the shards
 * beside it (https://github.com/tensorflow/tfjs/blob/master/tfjs-core/src/io/types.ts).
 */
import { NddrError } from '../../errors.js';
import { elementsOf } from '../../npy.js';
import { bytesPerElement, type StoredDType, type StoredTensor, tensorOf } from '../stored-tensor.js';
import type { ByteSource, WeightEntry, WeightFile, WeightFormat } from '../weight-file.js';
import { addEntry, claimedShape, damaged, Skipped } from './claims.js';

/** Topologies take a few megabytes. In memory, JSON can take forty times its size. */
const MAX_JSON_BYTES = 10_000_000;

/** How the types of the format are stored; complex numbers are known by their size only, and skipped. */
const DTYPES: Readonly<Record<string, StoredDType>> = {
  float32: 'F32',
  float16: 'F16',
  int32: 'I32',
  uint8: 'U8',
  bool: 'BOOL',
};
const SKIPPED_BYTES: Readonly<Record<string, number>> = { complex64: 8 };

type Json = Readonly<Record<string, unknown>>;

/** How a tensor was quantised: numbers are `stored * scale + min`. */
interface Quantisation {
  readonly stored: 'U8' | 'U16';
  readonly scale: number;
  readonly min: number;
}

const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Shards as one run of bytes. */
class Shards {
  readonly size: number;
  constructor(private readonly sources: readonly ByteSource[]) {
    this.size = sources.reduce((sum, { size }) => sum + size, 0);
  }

  /** @throws NddrError when a shard cannot be read */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    let begin = 0;
    for (const source of this.sources) {
      const [from, to] = [Math.max(offset, begin), Math.min(offset + length, begin + source.size)];
      if (from < to) bytes.set(await source.read(from - begin, to - from), from - offset);
      begin += source.size;
    }
    return bytes;
  }
}

async function readJson(source: ByteSource): Promise<unknown> {
  if (source.size > MAX_JSON_BYTES) {
    throw new NddrError(`${source.name} has ${source.size} bytes, and a model.json at most ${MAX_JSON_BYTES}.`);
  }
  const bytes = await source.read(0, source.size);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new NddrError(
      `${source.name} is not JSON: ${(cause as Error).message}. Name the model.json of a TensorFlow.js model.`,
      { cause },
    );
  }
}

/** A group of tensors, which lie one after the other in the shards of the group. */
class GroupReader {
  private at = 0;
  private quantised = 0;

  constructor(
    private readonly shards: Shards,
    private readonly file: {
      readonly where: string;
      readonly tensors: Map<string, WeightEntry>;
      readonly skipped: Skipped;
    },
  ) {}

  /** @returns how many of the tensors are quantised */
  read(weights: readonly unknown[]): number {
    for (const weight of weights) this.weight(weight);
    const { where } = this.file;
    if (this.at === this.shards.size) return this.quantised;
    throw damaged(where, `its tensors take ${this.at} bytes, and their shards have ${this.shards.size}`);
  }

  private weight(weight: unknown): void {
    const { where, tensors } = this.file;
    const { name, shape: sizes, dtype: type, quantization } = isRecord(weight) ? weight : {};
    if (typeof name !== 'string') throw damaged(where, 'its weightsManifest has a tensor without a name');
    if (!Array.isArray(sizes) || !sizes.every((size) => typeof size === 'number')) {
      throw damaged(where, `${name} has the shape ${JSON.stringify(sizes)}, expected a list of sizes`);
    }
    const shape = claimedShape(sizes, name, where);
    if (typeof type === 'string' && Object.hasOwn(SKIPPED_BYTES, type)) {
      this.take(name, elementsOf(shape) * SKIPPED_BYTES[type]);
      this.file.skipped.add(name, type);
      return;
    }
    if (typeof type !== 'string' || !Object.hasOwn(DTYPES, type)) {
      const known = Object.keys(DTYPES).join(', ');
      throw new NddrError(
        `${where}: ${name} has dtype ${JSON.stringify(type)}; read are ${known}. Save the model without it.`,
      );
    }
    addEntry(tensors, name, this.entry(name, shape, DTYPES[type], quantization), where);
  }

  private entry(name: string, shape: number[], dtype: StoredDType, quantization: unknown): WeightEntry {
    const quantised = quantization === undefined ? undefined : this.quantisation(name, dtype, quantization);
    if (quantised) this.quantised++;
    const stored = quantised === 'F16' ? 'F16' : (quantised?.stored ?? dtype);
    const length = elementsOf(shape) * bytesPerElement(stored);
    const offset = this.take(name, length);
    const tensor = async () => tensorOf(stored, shape, await this.shards.read(offset, length));
    if (!quantised || quantised === 'F16') return { dtype: stored, shape, read: tensor };
    return { dtype, shape, read: async () => restored(await tensor(), dtype, quantised) };
  }

  /** The next bytes are those of a tensor. @returns where they begin; throws where the shards end before them */
  private take(name: string, length: number): number {
    const offset = this.at;
    this.at += length;
    if (this.at <= this.shards.size) return offset;
    throw damaged(
      this.file.where,
      `${name} ends at byte ${this.at} of its shards, which have ${this.shards.size} bytes together`,
    );
  }

  private quantisation(name: string, dtype: StoredDType, value: unknown): Quantisation | 'F16' {
    const { dtype: type, scale, min } = isRecord(value) ? value : {};
    if (type === 'float16' && dtype === 'F32') return 'F16';
    const stored = type === 'uint8' ? 'U8' : type === 'uint16' ? 'U16' : undefined;
    if (stored && (dtype === 'F32' || dtype === 'I32') && Number.isFinite(scale) && Number.isFinite(min)) {
      return { stored, scale: scale as number, min: min as number };
    }
    const wanted = 'float16 of float32, or uint8 or uint16 with scale and min';
    throw damaged(this.file.where, `${name} has the quantization ${JSON.stringify(value)}, expected ${wanted}`);
  }
}

function restored(stored: StoredTensor, dtype: StoredDType, { scale, min }: Quantisation): StoredTensor {
  const { shape } = stored;
  const codes = stored.data as Uint8Array | Uint16Array;
  return dtype === 'I32'
    ? { dtype, shape, data: Int32Array.from(codes, (code) => Math.round(code * scale + min)) }
    : { dtype: 'F32', shape, data: Float32Array.from(codes, (code) => code * scale + min) };
}

async function open(source: ByteSource): Promise<WeightFile> {
  const { name: where } = source;
  const json = await readJson(source);
  const model = isRecord(json) ? json : {};
  const manifest = Array.isArray(json) ? json : model.weightsManifest;
  if (!Array.isArray(manifest)) {
    throw new NddrError(
      `${where} has no weightsManifest, as the model.json of a TensorFlow.js model has. Name that file, or its shards' ` +
        'weights_manifest.json.',
    );
  }
  const file = { where, tensors: new Map<string, WeightEntry>(), skipped: new Skipped() };
  let quantised = 0;
  for (const group of manifest) {
    const { paths, weights } = isRecord(group) ? group : {};
    if (!Array.isArray(paths) || !paths.every((path) => typeof path === 'string') || !Array.isArray(weights)) {
      throw damaged(where, 'a group of its weightsManifest has no list of paths and of weights');
    }
    const sources: ByteSource[] = [];
    for (const path of paths) sources.push(await source.sibling(path));
    quantised += new GroupReader(new Shards(sources), file).read(weights);
  }
  const note: Record<string, string> = quantised > 0 ? { quantised: `${quantised} tensors` } : {};
  return {
    format: `TensorFlow.js, ${kindOf(model)}`,
    tensors: file.tensors,
    metadata: { ...textsOf(model), ...note, ...file.skipped.note() },
  };
}

function kindOf({ format, modelTopology }: Json): string {
  if (format === 'graph-model' || (isRecord(modelTopology) && 'node' in modelTopology)) return 'graph model';
  return modelTopology === undefined ? 'weights manifest' : 'layers model';
}

/** What a model says of itself in words. */
function textsOf(model: Json): Record<string, string> {
  const texts = ['generatedBy', 'convertedBy'].map((key) => [key, model[key]]);
  return Object.fromEntries(texts.filter(([, value]) => typeof value === 'string'));
}

export const tfjs: WeightFormat = {
  name: 'TensorFlow.js',
  extensions: ['.json'],
  // What is JSON may be many things; its extension says as much.
  recognises: () => false,
  open,
};
