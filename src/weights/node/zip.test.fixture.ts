/** Writes zip archives for tests, with lies where wanted. */
import { deflateRawSync } from 'node:zlib';
import { crc32 } from './crc32.js';

export interface ZipPart {
  readonly name: string;
  readonly content: Uint8Array;
  readonly deflate?: true;
  /** What the directory claims instead of the truth. */
  readonly claims?: {
    size?: number;
    compressedSize?: number;
    crc?: number;
    offset?: number;
    method?: number;
    flags?: number;
  };
}

export function zipOf(parts: readonly ZipPart[], count = parts.length): Uint8Array {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, content, deflate, claims = {} } of parts) {
    const data = deflate ? deflateRawSync(content, { level: 9 }) : Buffer.from(content);
    const { size = content.length, compressedSize = data.length, crc = crc32(content), offset = at } = claims;
    const { method = deflate ? 8 : 0, flags = 0 } = claims;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    files.push(local, Buffer.from(name), data);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(flags, 8);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(crc, 16);
    // All numbers in the extra field of zip64, so that they may be of any size.
    for (const field of [20, 24, 42]) entry.writeUInt32LE(0xffffffff, field);
    entry.writeUInt16LE(Buffer.byteLength(name), 28);
    entry.writeUInt16LE(28, 30);
    const extra = Buffer.alloc(28);
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(24, 2);
    for (const [i, value] of [size, compressedSize, offset].entries()) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i);
    directory.push(entry, Buffer.from(name), extra);
    at += 30 + Buffer.byteLength(name) + data.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(at, 16);
  return new Uint8Array(Buffer.concat([...files, listed, end]));
}
