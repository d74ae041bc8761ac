/** References to storages: `('storage', class, key, device, numbers)`, in old files with a part of the storage. */
import { NddrError } from '../../errors.js';
import { PickleTuple, type PickleValue } from '../pickle/values.js';
import { bytesPerElement } from '../stored-tensor.js';
import { DTypeName } from './globals.js';
import { Storage, type StorageData } from './tensors.js';

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/**
 * The storage that a reference names.
 * @param dataOf the bytes of a storage in the file, by its key and the bytes that it should have
 * @throws NddrError when it is no reference to a storage
 */
export function storageOf(
  id: PickleValue,
  dataOf: (key: string, bytes: number) => () => StorageData,
  where: string,
): Storage {
  const [kind, type, key, , numbers, view = null] = id instanceof PickleTuple ? id.items : [];
  if (kind !== 'storage' || !(type instanceof DTypeName) || typeof key !== 'string' || !isCount(numbers)) {
    throw damaged(where, 'a reference that is not one to a storage');
  }
  const size = type.dtype === undefined ? 1 : bytesPerElement(type.dtype);
  const bytes = numbers * size;
  const data = dataOf(key, bytes);
  if (view === null) return new Storage(type.dtype, bytes, data);
  // Old files may name a part of a storage: its key, where it begins, and its length, both in numbers.
  const [, begin, length] = view instanceof PickleTuple ? view.items : [];
  if (!isCount(begin) || !isCount(length) || begin + length > numbers) {
    throw damaged(where, `a part of storage ${JSON.stringify(key.slice(0, 100))} that reaches beyond it`);
  }
  return new Storage(type.dtype, length * size, data, begin * size);
}

const damaged = (where: string, what: string) =>
  new NddrError(`${where} is damaged: it has ${what}. Copy or download it again.`);
