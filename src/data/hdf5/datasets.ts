// Reads data sets of an open HDF5 file. Only the pieces that are asked for are read, and their sizes are checked before.
import { NddrError } from '../../errors.js';
import { elementsOf } from '../../npy.js';
import type { Metadata } from './h5wasm.js';
import type { Opened } from './library.js';
import { ARRAYS, type DatasetInfo, type DatasetType, LARGEST_CHUNK, LARGEST_SLAB, type Numbers } from './protocol.js';

/** One byte of the file can hold at most so many, since zlib packs no better. */
const LARGEST_RATIO = 1032;
const MOST_TEXTS = 100_000;
const LONGEST_TEXT = 4096;

export interface Datasets {
  /** @throws NddrError where it claims what cannot be */
  describe(name: string): DatasetInfo | undefined;
  slab(name: string, from: number, to: number): Numbers;
  texts(name: string): string[];
}

/** @param bytes the size of the file @param path the file, for messages */
export function openDatasets({ module, file }: Opened, path: string, bytes: number): Datasets {
  const id = file.file_id;

  const refuse = (name: string, why: string) =>
    new NddrError(`${path}: the data set "${name}" ${why}; the file is damaged, copy or download it again`);

  function metadataOf(name: string): Metadata | undefined {
    if (module.get_type(id, name) !== module.H5G_DATASET) return undefined;
    const metadata = module.get_dataset_metadata(id, name);
    const { shape, chunks, size } = metadata;
    if (!shape) throw refuse(name, 'has no shape');
    if (chunks && elementsOf(chunks) * size > LARGEST_CHUNK) {
      throw refuse(name, `is stored in pieces of ${chunks.join('x')}, above ${LARGEST_CHUNK} bytes each`);
    }
    const total = elementsOf(shape) * size;
    if (!(total <= bytes * LARGEST_RATIO)) {
      throw refuse(name, `claims ${total} bytes (${shape.join('x')}) in a file of ${bytes}`);
    }
    if (metadata.virtual_sources?.length) throw refuse(name, 'lies in other files');
    return metadata;
  }

  function typeOf({ type, size, signed, littleEndian }: Metadata): DatasetType {
    const known = module.H5T_class_t;
    if (type === known.H5T_REFERENCE.value) return size === 8 ? 'references' : 'other';
    const prefix = type === known.H5T_FLOAT.value ? 'float' : signed ? 'int' : 'uint';
    const name = `${prefix}${8 * size}`;
    const isNumber = type === known.H5T_FLOAT.value || type === known.H5T_INTEGER.value;
    return isNumber && (littleEndian || size === 1) && Object.hasOwn(ARRAYS, name) ? (name as DatasetType) : 'other';
  }

  /** The bytes of the entries `from` to `to` of the first dimension. */
  function bytesOf(name: string, { shape, size }: Metadata, from: number, to: number): Uint8Array<ArrayBuffer> {
    const [entries = 0, ...rest] = shape ?? [];
    if (!(from >= 0 && from < to && to <= entries)) throw refuse(name, `has no entries ${from} to ${to}`);
    const count = [to - from, ...rest];
    const wanted = elementsOf(count) * size;
    if (wanted > LARGEST_SLAB) throw refuse(name, `has entries of ${wanted} bytes, expected at most ${LARGEST_SLAB}`);
    const pointer = module._malloc(wanted);
    if (pointer === 0) throw refuse(name, `needs ${wanted} bytes of memory, which there are not`);
    try {
      const offset = count.map((_, axis) => (axis === 0 ? BigInt(from) : 0n));
      const strides = count.map(() => 1n);
      const status = module.get_dataset_data(id, name, count.map(BigInt), offset, strides, BigInt(pointer));
      if (status < 0) throw refuse(name, `cannot be read from entry ${from} on`);
      return module.HEAPU8.slice(pointer, pointer + wanted);
    } finally {
      module._free(pointer);
    }
  }

  const existing = (name: string): Metadata => {
    const metadata = metadataOf(name);
    if (!metadata) throw refuse(name, 'is missing');
    return metadata;
  };

  function slab(name: string, from: number, to: number): Numbers {
    const metadata = existing(name);
    const type = typeOf(metadata);
    if (type === 'references' || type === 'other') throw refuse(name, 'holds no plain numbers');
    return new ARRAYS[type](bytesOf(name, metadata, from, to).buffer);
  }

  return {
    describe(name) {
      const metadata = metadataOf(name);
      return metadata && { shape: metadata.shape ?? [], type: typeOf(metadata), chunks: metadata.chunks ?? undefined };
    },
    slab,
    texts(name) {
      const metadata = existing(name);
      if (typeOf(metadata) !== 'references') throw refuse(name, 'holds no references to texts');
      const count = elementsOf(metadata.shape ?? []);
      if (count > MOST_TEXTS) throw refuse(name, `claims ${count} texts, expected at most ${MOST_TEXTS}`);
      if (count === 0) return [];
      const references = bytesOf(name, metadata, 0, metadata.shape?.[0] ?? 0);
      return Array.from({ length: count }, (_, i) => {
        const target = module.get_referenced_name(id, references.slice(8 * i, 8 * (i + 1)), true);
        const { shape, size } = existing(target);
        const length = elementsOf(shape ?? []);
        if (length > LONGEST_TEXT) throw refuse(target, `claims a text of ${length} characters`);
        // MATLAB stores an empty text as its dimensions, in integers of 64 bits.
        if (length === 0 || size === 8) return '';
        return String.fromCharCode(...slab(target, 0, shape?.[0] ?? 0));
      });
    },
  };
}
