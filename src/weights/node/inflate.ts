/** Inflates a part of a file, as far as wanted and no further. */
import { Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import type { ByteSource } from '../weight-file.js';

const PIECE_BYTES = 2 ** 20;

/**
 * Inflates raw deflate data.
 * @param start where the data begins in the source
 * @param compressed its bytes there
 * @param offset the first byte of the content that is wanted
 * @returns at most `length` bytes of the content, fewer where it ends, and whether more follows them
 * @throws the error of zlib when the data is damaged
 */
export async function inflatePart(
  source: ByteSource,
  start: number,
  compressed: number,
  offset: number,
  length: number,
): Promise<{ bytes: Uint8Array; more: boolean }> {
  const pieces = Readable.from(piecesOf(source, start, compressed));
  const inflater = createInflateRaw();
  pieces.on('error', (error) => inflater.destroy(error));
  const out = new Uint8Array(length);
  let [at, more] = [-offset, false];
  try {
    for await (const chunk of pieces.pipe(inflater) as AsyncIterable<Uint8Array>) {
      const wanted = chunk.subarray(Math.max(0, -at), Math.max(0, length - at));
      if (wanted.length > 0) out.set(wanted, Math.max(0, at));
      at += chunk.length;
      more = at > length;
      if (more) break;
    }
  } finally {
    pieces.destroy();
  }
  return { bytes: out.subarray(0, Math.max(0, Math.min(at, length))), more };
}

async function* piecesOf(source: ByteSource, start: number, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < length; at += PIECE_BYTES)
    yield await source.read(start + at, Math.min(PIECE_BYTES, length - at));
}
