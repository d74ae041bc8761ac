/** ONNX models (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto): their initializers and constants. */
import { TensorProto_DataLocation, TensorProto_DataType as Type } from '../../engine/onnx/onnx_pb.js';
import { NddrError } from '../../errors.js';
import { elementsOf } from '../../npy.js';
import { bytesPerElement, type StoredDType, tensorOf } from '../stored-tensor.js';
import type { ByteSource, WeightEntry, WeightFile, WeightFormat } from '../weight-file.js';
import { addEntry, claimedShape, damaged, expectBytes, MAX_TENSORS, Skipped } from './claims.js';
import { type Field, ProtobufFile, type Span, varints } from './protobuf.js';

const DTYPES: Readonly<Partial<Record<number, StoredDType>>> = {
  [Type.FLOAT]: 'F32',
  [Type.DOUBLE]: 'F64',
  [Type.FLOAT16]: 'F16',
  [Type.BFLOAT16]: 'BF16',
  [Type.INT8]: 'I8',
  [Type.INT16]: 'I16',
  [Type.INT32]: 'I32',
  [Type.INT64]: 'I64',
  [Type.UINT8]: 'U8',
  [Type.UINT16]: 'U16',
  [Type.UINT32]: 'U32',
  [Type.UINT64]: 'U64',
  [Type.BOOL]: 'BOOL',
};

// The numbers of the fields in onnx.proto.
const MODEL = { producer: 2, graph: 7, operators: 8, metadata: 14 };
const GRAPH = { node: 1, initializer: 5, sparse: 15 };
const NODE = { input: 1, output: 2, type: 4, attribute: 5 };
const ATTRIBUTE = { name: 1, tensor: 5 };
const TENSOR = { dims: 1, type: 2, segment: 3, name: 8, raw: 9, external: 13, location: 14 };
const PAIR = { key: 1, value: 2 };

/** Fields of numbers, by their number: the types that may lie there, and whether as they are or as varints. */
const TYPED: Readonly<
  Record<number, { readonly dtypes: readonly StoredDType[]; readonly packed: 'plain' | 'varint' }>
> = {
  4: { dtypes: ['F32'], packed: 'plain' }, // float_data
  5: { dtypes: ['I32', 'I16', 'I8', 'U16', 'U8', 'BOOL', 'F16', 'BF16'], packed: 'varint' }, // int32_data
  7: { dtypes: ['I64'], packed: 'varint' }, // int64_data
  10: { dtypes: ['F64'], packed: 'plain' }, // double_data
  11: { dtypes: ['U32', 'U64'], packed: 'varint' }, // uint64_data
};

/** Further ones are not shown. */
const MAX_PROPERTIES = 1000;
/** A property may list the classes of a data set. */
const MAX_VALUE_BYTES = 65_536;

/** The parts of a message that give a tensor. */
interface TensorParts {
  readonly name: string;
  readonly type: number;
  readonly dims: readonly bigint[];
  readonly raw?: Span;
  readonly typed: readonly Field[];
  readonly external?: Readonly<Record<string, string>>;
}

class OnnxReader {
  readonly tensors = new Map<string, WeightEntry>();
  readonly skipped = new Skipped();
  private readonly where: string;
  /** Further names, each with the name of a tensor or of something else. */
  private readonly names: (readonly [name: string, of: string])[] = [];
  private readonly files = new Map<string, Promise<ByteSource>>();

  constructor(private readonly file: ProtobufFile) {
    this.where = file.source.name;
  }

  async graph(span: Span): Promise<void> {
    for await (const field of this.file.fields(span)) {
      if (field.number === GRAPH.initializer) await this.tensor(field);
      else if (field.number === GRAPH.node) await this.node(field);
      else if (field.number === GRAPH.sparse) this.skipped.add('an initializer', 'sparse');
    }
    for (const [name, of] of this.names) {
      const entry = this.tensors.get(of);
      if (entry) addEntry(this.tensors, name, entry, this.where);
    }
  }

  /**
   * Two kinds of nodes give tensors. A constant has an attribute `value`, and is named by its output. Writers store
   * equal tensors once, as PyTorch does, and make the other names of them by nodes that return their input.
   */
  private async node(node: Field): Promise<void> {
    this.file.expectBytes(node);
    let [input, output, type] = ['', '', ''];
    let attribute: Field | undefined;
    for await (const field of this.file.fields(node)) {
      if (field.number === NODE.type) type = await this.file.text(field);
      else if (field.number === NODE.input && !input) input = await this.file.text(field);
      else if (field.number === NODE.output && !output) output = await this.file.text(field);
      else if (field.number === NODE.attribute && !attribute) attribute = field;
    }
    if (type === 'Identity' && this.names.length < MAX_TENSORS) this.names.push([output, input]);
    if (type !== 'Constant' || !attribute) return;
    let name = '';
    let tensor: Field | undefined;
    for await (const field of this.file.fields(attribute)) {
      if (field.number === ATTRIBUTE.name) name = await this.file.text(field);
      else if (field.number === ATTRIBUTE.tensor) tensor = field;
    }
    if (name === 'value' && tensor) await this.tensor(tensor, output);
  }

  private async tensor(field: Field, constant?: string): Promise<void> {
    const parts = await this.parts(field);
    const name = constant ?? parts.name;
    const dtype = DTYPES[parts.type];
    if (!dtype) {
      this.skipped.add(name, Type[parts.type]?.toLowerCase() ?? `type ${parts.type}`);
      return;
    }
    const shape = claimedShape(parts.dims, name, this.where);
    addEntry(this.tensors, name, await this.entry(name, dtype, shape, parts), this.where);
  }

  private async parts(tensor: Field): Promise<TensorParts> {
    this.file.expectBytes(tensor);
    const dims: bigint[] = [];
    const typed: Field[] = [];
    const external: Record<string, string> = Object.create(null);
    let name = '';
    let type = 0;
    let raw: Field | undefined;
    let beside = false;
    for await (const field of this.file.fields(tensor)) {
      if (field.number === TENSOR.name) name = await this.file.text(field);
      else if (field.number === TENSOR.type) type = Number(field.value);
      else if (field.number === TENSOR.dims) {
        dims.push(...(await this.file.sizes(field)));
        if (dims.length > 1024) throw this.file.invalid(`${name || 'a tensor'} has more than 1024 dimensions`);
      } else if (field.number === TENSOR.segment) {
        throw new NddrError(`${this.where}: ${name} is stored in segments, which is not supported. Save it whole.`);
      } else if (field.number === TENSOR.raw) {
        this.file.expectBytes(field);
        raw = field;
      } else if (field.number === TENSOR.location) beside = Number(field.value) === TensorProto_DataLocation.EXTERNAL;
      else if (field.number === TENSOR.external) Object.assign(external, await this.pair(field));
      else if (field.number in TYPED) typed.push(this.packed(field));
    }
    return { name, type, dims, raw, typed, external: beside ? external : undefined };
  }

  private packed(field: Field): Field {
    if (field.wire === 2) return field;
    throw this.file.invalid(`the numbers at byte ${field.offset} are not packed, as the format wants`);
  }

  async pair(pair: Field): Promise<Record<string, string>> {
    this.file.expectBytes(pair);
    let key = '';
    let value = '';
    for await (const field of this.file.fields(pair)) {
      if (field.number === PAIR.key) key = await this.file.text(field);
      else if (field.number === PAIR.value) value = await this.file.text(field, MAX_VALUE_BYTES);
    }
    return Object.fromEntries([[key, value]]);
  }

  private async entry(name: string, dtype: StoredDType, shape: number[], parts: TensorParts): Promise<WeightEntry> {
    const claim = { name, dtype, shape };
    const plain = (found: number, bytes: () => Promise<Uint8Array>): WeightEntry => {
      expectBytes(found, claim, this.where);
      return { dtype, shape, read: async () => tensorOf(dtype, shape, await bytes()) };
    };
    if (parts.external) {
      const { source, offset, length } = await this.externalPart(name, parts.external);
      return plain(length, () => source.read(offset, length));
    }
    const { raw, typed } = parts;
    if (raw) return plain(raw.length, () => this.file.read(raw));
    if (typed.length === 0) return plain(0, async () => new Uint8Array());
    const [field, more] = typed;
    const { dtypes, packed } = TYPED[field.number];
    if (more || !dtypes.includes(dtype)) {
      throw damaged(this.where, `the numbers of ${name} lie in field ${(more ?? field).number}, not that of ${dtype}`);
    }
    if (packed === 'plain') return plain(field.length, () => this.file.read(field));
    const count = elementsOf(shape);
    const unequal = () => damaged(this.where, `${name} does not hold the ${count} numbers of [${shape.join(', ')}]`);
    // A varint takes 1 to 10 bytes, so the exact count is known when all are read.
    if (field.length < count || field.length > 10 * count) throw unequal();
    return {
      dtype,
      shape,
      read: async () => {
        const numbers = decodeVarints(await this.file.read(field), dtype, count);
        if (!numbers) throw unequal();
        return tensorOf(dtype, shape, numbers);
      },
    };
  }

  /** Where numbers outside the model lie. @throws NddrError unless they lie in a file of the model's folder */
  private async externalPart(
    name: string,
    external: Readonly<Record<string, string>>,
  ): Promise<Span & { readonly source: ByteSource }> {
    const { location } = external;
    if (!location) throw damaged(this.where, `${name} lies outside the file, and no location says where`);
    const opened = this.files.get(location) ?? this.file.source.sibling(location);
    this.files.set(location, opened);
    const source = await opened;
    const whole = (key: string, otherwise: number) => {
      const text = external[key] ?? String(otherwise);
      if (/^\d{1,15}$/.test(text)) return Number(text);
      throw damaged(this.where, `${key} ${JSON.stringify(text)} of ${name} is no number of bytes`);
    };
    const offset = whole('offset', 0);
    // Without a length, it is the rest of the file.
    const length = whole('length', Math.max(0, source.size - offset));
    if (offset + length <= source.size) return { source, offset, length };
    const ends = `${name} should end at byte ${offset + length} of ${source.name}, which has ${source.size}`;
    throw damaged(this.where, ends);
  }
}

/** @returns the numbers as little-endian bytes; undefined when there are more or fewer than `count` */
function decodeVarints(packed: Uint8Array, dtype: StoredDType, count: number): Uint8Array | undefined {
  const width = bytesPerElement(dtype);
  const bytes = new Uint8Array(count * width);
  const view = new DataView(bytes.buffer);
  let i = 0;
  try {
    for (const number of varints(packed)) {
      if (i === count) return undefined;
      // The lowest bits of two's complement are the number's at every width, and the bits of 16-bit floats as they are.
      if (width === 8) view.setBigInt64(i * 8, number, true);
      else {
        const low = Number(BigInt.asIntN(32, number));
        if (width === 4) view.setInt32(i * 4, low, true);
        else if (width === 2) view.setInt16(i * 2, low, true);
        else view.setInt8(i, low);
      }
      i++;
    }
  } catch {
    return undefined; // the last one is cut off
  }
  return i === count ? bytes : undefined;
}

async function open(source: ByteSource): Promise<WeightFile> {
  const file = new ProtobufFile(source, 'an ONNX model');
  const reader = new OnnxReader(file);
  const metadata: Record<string, string> = {};
  let [graphs, operators, properties] = [0, 0, 0];
  for await (const field of file.fields()) {
    if (field.number === MODEL.graph) {
      file.expectBytes(field);
      await reader.graph(field);
      graphs++;
    } else if (field.number === MODEL.operators) operators++;
    else if (field.number === MODEL.producer) metadata.producer = await file.text(field);
    else if (field.number === MODEL.metadata && properties++ < MAX_PROPERTIES) {
      Object.assign(metadata, await reader.pair(field));
    }
  }
  if (graphs !== 1) throw file.invalid(`it holds ${graphs} graphs instead of one`);
  if (operators === 0) throw file.invalid('it tells no version of the operators, or it is cut off after its graph');
  return { format: 'ONNX', tensors: reader.tensors, metadata: { ...metadata, ...reader.skipped.note() } };
}

export const onnx: WeightFormat = {
  name: 'ONNX',
  extensions: ['.onnx'],
  // It has no signature: other protobuf files begin alike.
  recognises: () => false,
  open,
};
