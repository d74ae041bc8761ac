/**
 * Caffe's trained networks: the message NetParameter of
 * https://github.com/BVLC/caffe/blob/master/src/caffe/proto/caffe.proto, with layers of version 1 and of today.
 */
import { NddrError } from '../../errors.js';
import { type StoredDType, tensorOf } from '../stored-tensor.js';
import type { ByteSource, WeightEntry, WeightFile, WeightFormat } from '../weight-file.js';
import { addEntry, claimedShape, expectBytes } from './claims.js';
import { type Field, ProtobufFile } from './protobuf.js';

// The numbers of the fields in caffe.proto.
const NET = { name: 1, layersV1: 2, layer: 100 };
const BLOB = { num: 1, channels: 2, height: 3, width: 4, data: 5, shape: 7, doubles: 8 };
const SHAPE = { dim: 1 };

interface LayerFields {
  readonly name: number;
  readonly type: number;
  readonly blobs: number;
  /** A layer of version 0 inside. */
  readonly old?: number;
}
const LAYER: LayerFields = { name: 1, type: 2, blobs: 7 };
const LAYER_V1: LayerFields = { name: 4, type: 5, blobs: 6, old: 1 };

/** V1LayerParameter.LayerType, as far as the blobs of the type have names. */
const TYPES_V1: Readonly<Record<number, string>> = { 4: 'Convolution', 14: 'InnerProduct', 39: 'Deconvolution' };

/** What the blobs of a layer are; those of other types are numbered. */
const BLOBS: Readonly<Record<string, readonly string[]>> = {
  Convolution: ['weight', 'bias'],
  Deconvolution: ['weight', 'bias'],
  InnerProduct: ['weight', 'bias'],
  Scale: ['weight', 'bias'],
  BatchNorm: ['mean', 'variance', 'factor'],
};

interface Blob {
  readonly dims: readonly bigint[];
  /** Has the four sizes that blobs had before they had a shape. */
  readonly legacy: boolean;
  readonly dtype: StoredDType;
  readonly data?: Field;
}

class CaffeReader {
  readonly tensors = new Map<string, WeightEntry>();

  constructor(private readonly file: ProtobufFile) {}

  async layer(layer: Field, fields: LayerFields): Promise<void> {
    this.file.expectBytes(layer);
    const blobs: Field[] = [];
    let name = '';
    let type = '';
    for await (const field of this.file.fields(layer)) {
      if (field.number === fields.name) name = await this.file.text(field);
      else if (field.number === fields.type) {
        type = field.wire === 2 ? await this.file.text(field) : (TYPES_V1[Number(field.value)] ?? '');
      } else if (field.number === fields.blobs) blobs.push(this.message(field, blobs.length));
      else if (field.number === fields.old) {
        throw new NddrError(
          `${this.file.source.name} has layers of Caffe's version 0, which are not read. ` +
            'Convert it with upgrade_net_proto_binary of Caffe.',
        );
      }
    }
    for (const [i, field] of blobs.entries()) {
      const role = (Object.hasOwn(BLOBS, type) ? BLOBS[type][i] : undefined) ?? String(i);
      await this.blob(`${name}.${role}`, type, role, field);
    }
  }

  private message(field: Field, before: number): Field {
    this.file.expectBytes(field);
    if (before < 1000) return field;
    throw this.file.invalid('a layer has more than 1000 blobs');
  }

  private async blob(name: string, type: string, role: string, field: Field): Promise<void> {
    const where = this.file.source.name;
    const { dims, legacy, dtype, data } = await this.parts(field);
    const sizes = legacy ? withoutPadding(dims, type, role) : dims;
    const shape = claimedShape(sizes, name, where);
    expectBytes(data?.length ?? 0, { name, dtype, shape }, where);
    const read = async () => tensorOf(dtype, shape, data ? await this.file.read(data) : new Uint8Array());
    addEntry(this.tensors, name, { dtype, shape, read }, where);
  }

  private async parts(blob: Field): Promise<Blob> {
    const old = [0n, 0n, 0n, 0n];
    let shape: bigint[] | undefined;
    let data: Field | undefined;
    for await (const field of this.file.fields(blob)) {
      if (field.number >= BLOB.num && field.number <= BLOB.width) old[field.number - BLOB.num] = field.value;
      else if (field.number === BLOB.shape) shape = await this.shape(field);
      else if (field.number === BLOB.data || field.number === BLOB.doubles) {
        this.file.expectBytes(field);
        if (data) throw this.file.invalid(`the blob at byte ${blob.offset} holds its numbers twice`);
        data = field;
      }
    }
    return { dims: shape ?? old, legacy: !shape, data, dtype: data?.number === BLOB.doubles ? 'F64' : 'F32' };
  }

  private async shape(shape: Field): Promise<bigint[]> {
    this.file.expectBytes(shape);
    const dims: bigint[] = [];
    for await (const field of this.file.fields(shape)) {
      if (field.number === SHAPE.dim) dims.push(...(await this.file.sizes(field)));
      if (dims.length > 1024) throw this.file.invalid(`the shape at byte ${shape.offset} has over 1024 dimensions`);
    }
    return dims;
  }
}

/** Old blobs always have four sizes: those of a bias begin with three ones, those of a matrix with two. */
function withoutPadding(dims: readonly bigint[], type: string, role: string): readonly bigint[] {
  const keep = role === 'bias' ? 1 : role === 'weight' && type === 'InnerProduct' ? 2 : 4;
  const padding = dims.slice(0, 4 - keep);
  return padding.every((n) => n === 1n) ? dims.slice(4 - keep) : dims;
}

async function open(source: ByteSource): Promise<WeightFile> {
  const file = new ProtobufFile(source, 'a .caffemodel');
  const reader = new CaffeReader(file);
  const metadata: Record<string, string> = {};
  let layers = 0;
  for await (const field of file.fields()) {
    if (field.number === NET.name) metadata.name = await file.text(field);
    else if (field.number === NET.layer || field.number === NET.layersV1) {
      await reader.layer(field, field.number === NET.layer ? LAYER : LAYER_V1);
      layers++;
    }
  }
  if (layers === 0) throw file.invalid('it holds no layers');
  return { format: 'Caffe', tensors: reader.tensors, metadata };
}

export const caffe: WeightFormat = {
  name: 'Caffe',
  extensions: ['.caffemodel'],
  // It has no signature: other protobuf files begin alike.
  recognises: () => false,
  open,
};
