/**
 * Files that `torch.save` wrote before PyTorch 1.6: pickles one after the other (a magic number, the protocol, the
 * writer's machine, the object, the keys of its storages), then the storages, each as its length and its numbers.
 */
import { NddrError } from '../../errors.js';
import { CutOffError, PickleReader } from '../pickle/reader.js';
import { unpickle } from '../pickle/unpickle.js';
import { PickleDict, PickleList, type PickleValue } from '../pickle/values.js';
import type { ByteSource } from '../weight-file.js';
import { globalOf } from './globals.js';
import { MOST_PICKLE_BYTES } from './limits.js';
import { storageOf } from './persistent.js';
import type { StorageData } from './tensors.js';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
const FIRST_BYTES = 2 ** 20;
const LENGTH_BYTES = 8;

/** A storage that the object refers to; its bytes are found at the end. */
interface Wanted {
  readonly bytes: number;
  data?: StorageData;
}

interface Pickles {
  readonly root: PickleValue;
  readonly keys: readonly PickleValue[];
  /** Where the storages begin. */
  readonly end: number;
  readonly wanted: ReadonlyMap<string, Wanted>;
}

/** The object that was saved. */
export async function readLegacy(source: ByteSource): Promise<PickleValue> {
  const { root, keys, end, wanted } = await readPickles(source);
  await findStorages(source, keys, end, wanted);
  for (const [key, { data }] of wanted) {
    if (!data) throw damaged(source.name, `storage ${JSON.stringify(key.slice(0, 100))} is missing at its end`);
  }
  return root;
}

/** The pickles do not say how long they are: more of the file is read until they end. */
async function readPickles(source: ByteSource): Promise<Pickles> {
  for (let most = FIRST_BYTES; ; most = Math.min(4 * most, MOST_PICKLE_BYTES)) {
    const bytes = await source.read(0, Math.min(most, source.size));
    try {
      return parsePickles(new PickleReader(bytes, 0, source.name));
    } catch (error) {
      if (!(error instanceof CutOffError) || bytes.length === source.size) throw error;
      if (most === MOST_PICKLE_BYTES) {
        const limit = `files of weights have less than ${MOST_PICKLE_BYTES} bytes of them`;
        throw new NddrError(`${source.name}: its pickles do not end; ${limit}. Save the state dict alone.`);
      }
    }
  }
}

function parsePickles(reader: PickleReader): Pickles {
  const { where } = reader;
  const plain = {
    global: (module: string, name: string) => globalOf(module, name, where),
    persistent: () => {
      throw damaged(where, 'it refers to storages before its object');
    },
  };
  if (unpickle(reader, plain) !== MAGIC) {
    throw new NddrError(
      `${where} is a pickle, but not one of torch.save: its magic number is missing. Save the weights with torch.save.`,
    );
  }
  const protocol = unpickle(reader, plain);
  if (protocol !== PROTOCOL) throw damaged(where, `its protocol should be ${PROTOCOL}`);
  const machine = unpickle(reader, plain);
  if (!(machine instanceof PickleDict) || machine.entries.get('little_endian') !== true) {
    throw new NddrError(`${where} was not written by a little-endian machine. Save it again on another one.`);
  }
  const wanted = new Map<string, Wanted>();
  const dataOf = (key: string, bytes: number) => {
    const storage: Wanted = wanted.get(key) ?? { bytes };
    if (storage.bytes !== bytes) throw damaged(where, `a storage has ${storage.bytes} bytes and also ${bytes}`);
    wanted.set(key, storage);
    return () => storage.data as StorageData; // found before anything is read, or the file is refused
  };
  const root = unpickle(reader, { ...plain, persistent: (id) => storageOf(id, dataOf, where) });
  const keys = unpickle(reader, plain);
  if (!(keys instanceof PickleList)) throw damaged(where, 'its list of storages is no list');
  return { root, keys: keys.items, end: reader.at, wanted };
}

async function findStorages(
  source: ByteSource,
  keys: readonly PickleValue[],
  start: number,
  wanted: ReadonlyMap<string, Wanted>,
): Promise<void> {
  let at = start;
  for (const key of keys) {
    const storage = typeof key === 'string' ? wanted.get(key) : undefined;
    if (!storage || storage.data) throw damaged(source.name, 'its list of storages does not fit its object');
    const { bytes } = storage;
    const begin = at + LENGTH_BYTES;
    at = begin + bytes;
    if (at > source.size) {
      throw damaged(
        source.name,
        `it is cut off: its storages should end at byte ${at} or later, and it has ${source.size}`,
      );
    }
    const length = await source.read(begin - LENGTH_BYTES, LENGTH_BYTES);
    // In numbers; an object of torch 1.13 or later writes bytes for storages without a type.
    const numbers = Number(new DataView(length.buffer, length.byteOffset).getBigInt64(0, true));
    if (numbers === 0 ? bytes !== 0 : ![1, 2, 4, 8].includes(bytes / numbers)) {
      throw damaged(source.name, `a storage of ${bytes} bytes has the length ${numbers}`);
    }
    storage.data = { bytes, read: (offset, count) => source.read(begin + offset, count) };
  }
}

const damaged = (where: string, what: string) =>
  new NddrError(`${where} is damaged: ${what}. Copy or download it again.`);
