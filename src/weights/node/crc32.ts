/** The checksum of zip archives (ISO 3309). */
import * as zlib from 'node:zlib';

/** What eight steps of the division make of each byte, by the polynomial with its bits reversed. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

/** Without the help of Node. */
export function crc32ByTable(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) rest = (rest >>> 8) ^ TABLE[(rest ^ bytes[i]) & 255];
  return ~rest >>> 0;
}

/** The CRC-32 of bytes, as an unsigned number. Node has its own, several times as fast, since 20.15. */
export const crc32: (bytes: Uint8Array) => number =
  'crc32' in zlib ? (zlib.crc32 as (bytes: Uint8Array) => number) : crc32ByTable;
