/** Storages and tensors of PyTorch: a tensor is a view of a storage, given by an offset and a stride for each axis. */
import { NddrError } from '../../errors.js';
import { elementsOf } from '../../npy.js';
import { PickleObject } from '../pickle/values.js';
import { bytesPerElement, isShape, type StoredDType, tensorOf } from '../stored-tensor.js';
import type { WeightEntry } from '../weight-file.js';

/** The bytes of a storage in the file. */
export interface StorageData {
  readonly bytes: number;
  /** @throws NddrError when they are damaged */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A storage that a pickle refers to. */
export class Storage extends PickleObject {
  readonly kind = 'a storage';

  constructor(
    /** Undefined for bytes whose tensors have types of their own. */
    readonly dtype: StoredDType | undefined,
    readonly bytes: number,
    /** Known when the whole file was looked through. */
    readonly data: () => StorageData,
    /** Where it begins in its data. */
    readonly offset = 0,
  ) {
    super();
  }
}

export class Tensor extends PickleObject {
  readonly kind = 'a tensor';

  constructor(
    readonly dtype: StoredDType,
    readonly shape: readonly number[],
    /** In elements, as the offset is. */
    readonly strides: readonly number[],
    readonly offset: number,
    readonly storage: Storage,
  ) {
    super();
  }
}

/** Of a tensor that repeats elements (an expanded one), more than its storage has. */
const MOST_REPEATED = 2 ** 22;
const MOST_AXES = 64;

/**
 * A tensor whose elements all lie within its storage.
 * @throws NddrError when they do not
 */
export function checkedTensor(
  dtype: StoredDType,
  shape: readonly unknown[],
  strides: readonly unknown[],
  offset: unknown,
  storage: Storage,
  where: string,
): Tensor {
  const damaged = (what: string) => {
    const seen = JSON.stringify({ shape, strides, offset }, (_, value) =>
      typeof value === 'bigint' ? `${value}` : value,
    );
    return new NddrError(`${where} is damaged: a tensor ${what}: ${shortened(seen)}. Copy or download it again.`);
  };
  const sizes = [...shape];
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  const steps = [...strides];
  if (!isShape(sizes) || !steps.every(isCount) || !isCount(offset)) {
    throw damaged('has a shape, strides or an offset that are no counts');
  }
  if (steps.length !== sizes.length || sizes.length > MOST_AXES) throw damaged('has not one stride for each axis');
  const has = Math.floor(storage.bytes / bytesPerElement(dtype));
  const elements = elementsOf(sizes);
  if (elements > 0 && offset + lastElement(sizes, steps) >= has) {
    throw damaged(`reaches beyond its storage of ${has} numbers`);
  }
  if (elements > has && elements > MOST_REPEATED) {
    throw damaged(`makes ${elements} numbers of a storage of ${has} by repeating them`);
  }
  return new Tensor(dtype, sizes, steps, offset, storage);
}

const shortened = (text: string): string => (text.length <= 300 ? text : `${text.slice(0, 300)}...`);

/** The last element of a tensor, counted from its first one. */
const lastElement = (shape: readonly number[], strides: readonly number[]): number =>
  shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis], 0);

/** The tensor as an entry of a file of weights. */
export const entryOf = (tensor: Tensor): WeightEntry => ({
  dtype: tensor.dtype,
  shape: tensor.shape,
  read: async () => tensorOf(tensor.dtype, tensor.shape, await contiguous(tensor)),
});

/** The bytes of a tensor in row-major order. Of the storage, only the part between its first and last element is read. */
async function contiguous({ dtype, shape, strides, offset, storage }: Tensor): Promise<Uint8Array> {
  const size = bytesPerElement(dtype);
  const elements = elementsOf(shape);
  if (elements === 0) return new Uint8Array(0);
  const span = lastElement(shape, strides) + 1;
  const part = await storage.data().read(storage.offset + offset * size, span * size);
  if (isContiguous(shape, strides)) return part;
  const out = new Uint8Array(elements * size);
  const index = new Array<number>(shape.length).fill(0);
  for (let to = 0, from = 0; to < out.length; to += size) {
    for (let byte = 0; byte < size; byte++) out[to + byte] = part[from * size + byte];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}

/** Whether elements lie in row-major order without gaps; the stride of an axis of one element does not matter. */
function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false;
    step *= shape[axis];
  }
  return true;
}
