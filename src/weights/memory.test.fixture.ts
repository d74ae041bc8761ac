/** Files of weights in memory, for tests. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { NddrError } from '../errors.js';
import type { ByteSource } from './weight-file.js';

/** A source of bytes that refuses what a file refuses. @param beside the files of its folder, by their names */
export const memorySource = (
  bytes: Uint8Array,
  name: string,
  beside: ReadonlyMap<string, Uint8Array> = new Map(),
): ByteSource => ({
  name,
  size: bytes.length,
  read: async (offset, length) => {
    if (!(offset >= 0 && length >= 0 && offset + length <= bytes.length))
      throw new NddrError(`${name} is damaged: short`);
    return bytes.slice(offset, offset + length);
  },
  sibling: async (other) => {
    const found = beside.get(other);
    if (!found) throw new NddrError(`${name} needs the file ${other}, which does not exist`);
    return memorySource(found, other, beside);
  },
});

/** The folder of recorded files, seen from dist/src/weights. */
export const RECORDED = fileURLToPath(new URL('../../../tests/fixtures/weights/', import.meta.url));

export const recorded = (name: string): Uint8Array => new Uint8Array(readFileSync(RECORDED + name));
