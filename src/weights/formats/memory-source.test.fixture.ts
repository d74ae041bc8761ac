/** Files in memory as sources of weights, for tests that damage them. */
import { NddrError } from '../../errors.js';
import type { ByteSource } from '../weight-file.js';

/** One of some files, which lie in one folder. */
export function memorySource(files: ReadonlyMap<string, Uint8Array>, name: string): ByteSource {
  const bytes = files.get(name);
  if (!bytes) throw new NddrError(`There is no file ${name}.`);
  return {
    name,
    size: bytes.length,
    read: async (offset, length) => {
      if (!(offset >= 0 && length >= 0 && offset + length <= bytes.length)) {
        throw new NddrError(`${name} ends before byte ${offset + length}.`);
      }
      return bytes.slice(offset, offset + length);
    },
    sibling: async (other) => memorySource(files, other),
  };
}
