/** NumPy's archives `.npz`: a zip archive of `.npy` files, stored or deflated. */

import { NddrError } from '../../errors.js';
import { decodeNpyData, type NpyCode, type NpyHeader, NpyTypeError, readNpyHeader } from '../../npy.js';
import { printable, shownName, someOf } from '../../words.js';
import { ZipArchive, type ZipEntry } from '../node/zip.js';
import { isShape, type StoredDType, type StoredTensor } from '../stored-tensor.js';
import type { ByteSource, WeightEntry, WeightFile, WeightFormat } from '../weight-file.js';
import { firstZipName } from './signatures.js';

const EXTENSION = '.npy';
/** NumPy pads a header to a multiple of 64 bytes; only those of structured arrays, which are not read, are longer. */
const HEADER_BYTES = 2 ** 14;

const DTYPES: Readonly<Record<NpyCode, StoredDType>> = {
  f8: 'F64',
  f4: 'F32',
  f2: 'F16',
  i8: 'I64',
  i4: 'I32',
  i2: 'I16',
  i1: 'I8',
  u8: 'U64',
  u4: 'U32',
  u2: 'U16',
  u1: 'U8',
  b1: 'BOOL',
};

export const npz: WeightFormat = {
  name: 'NumPy archive',
  extensions: ['.npz'],
  recognises: (head) => firstZipName(head)?.endsWith(EXTENSION) ?? false,
  open,
};

async function open(source: ByteSource): Promise<WeightFile> {
  const { name: where } = source;
  const archive = await ZipArchive.open(source);
  const tensors = new Map<string, WeightEntry>();
  const others: string[] = [];
  for (const [name, entry] of archive.entries) {
    const tensor = name.endsWith(EXTENSION) ? await entryOf(archive, entry, where) : undefined;
    if (tensor) tensors.set(name.slice(0, -EXTENSION.length), tensor);
    else others.push(printable(name));
  }
  if (tensors.size === 0) {
    throw new NddrError(
      `${where} is a zip archive without an array of numbers. Write it with numpy.savez, or name another one.`,
    );
  }
  const metadata: Record<string, string> = others.length > 0 ? { 'left out': someOf(others) } : {};
  return { format: 'NumPy archive', tensors, metadata };
}

/** @returns undefined for an array of texts or objects */
async function entryOf(archive: ZipArchive, entry: ZipEntry, file: string): Promise<WeightEntry | undefined> {
  const where = `${file}, array ${shownName(entry.name)}`;
  let header: NpyHeader;
  try {
    header = readNpyHeader(await archive.readPart(entry, 0, Math.min(HEADER_BYTES, entry.size)), where);
  } catch (error) {
    if (error instanceof NpyTypeError) return undefined;
    throw error;
  }
  const { code, shape, end } = header;
  if (!isShape(shape) || end !== entry.size) {
    const found = `it should have ${end} bytes for its shape [${shape.join(', ')}] and has ${entry.size}`;
    throw new NddrError(`${where} is damaged: ${found}. Save or copy it again.`);
  }
  const dtype = DTYPES[code];
  return {
    dtype,
    shape,
    read: async () => {
      const { data } = decodeNpyData(header, await archive.read(entry), where);
      return { dtype, shape, data } as StoredTensor;
    },
  };
}
