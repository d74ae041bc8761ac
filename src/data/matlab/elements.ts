/** The elements that a MATLAB v5 file is made of: a tag with type and length, data, padding to 8 bytes. */
import { constants, inflateSync } from 'node:zlib';
import { NddrError } from '../../errors.js';

/** Bytes of elements, with what is needed to read them. */
export interface Bytes {
  readonly view: DataView;
  readonly little: boolean;
  /** The file, for messages. */
  readonly path: string;
}

/** Where the data of an element lies. */
export interface Element {
  readonly type: number;
  readonly from: number;
  readonly to: number;
  /** Where the element after it begins. */
  readonly next: number;
}

export const TYPE = { int8: 1, int32: 5, uint32: 6, matrix: 14, compressed: 15, utf8: 16, utf16: 17, utf32: 18 };

/** Larger files and elements are refused; the largest known, the table of IMDB-WIKI, inflates to about 170 MB. */
const LARGEST_BYTES = 2 ** 28;

/** One compressed byte of zlib holds at most so many bytes. */
const LARGEST_RATIO = 1032;
/** The first bytes of a stream, enough for the tables of its first block and the tag that follows. */
const HEAD_BYTES = 1024;
const TAG_BYTES = 8;

/** The error about a file that does not hold what its lengths say. */
export const damaged = (path: string, what: string): NddrError =>
  new NddrError(`${path}: the MATLAB file is cut short or damaged (${what}); copy or download it again`);

/** Bytes of an array as elements are read from them. */
export const bytesOf = (array: Uint8Array, little: boolean, path: string): Bytes => ({
  view: new DataView(array.buffer, array.byteOffset, array.byteLength),
  little,
  path,
});

/** The data of an element. */
export const dataOf = ({ view }: Bytes, { from, to }: Element): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset + from, to - from);

/**
 * Reads the tag of the element at `at`, which must end before `limit`. Data of up to 4 bytes may lie in the tag itself.
 * @throws NddrError when it does not
 */
export function elementAt({ view, little, path }: Bytes, at: number, limit: number): Element {
  if (at + TAG_BYTES > limit) throw damaged(path, `an element is missing at byte ${at}`);
  const word = view.getUint32(at, little);
  const small = word >>> 16;
  if (small > 0) {
    if (small > 4) throw damaged(path, `a small element at byte ${at} claims ${small} bytes`);
    return { type: word & 0xffff, from: at + 4, to: at + 4 + small, next: at + TAG_BYTES };
  }
  const from = at + TAG_BYTES;
  const length = view.getUint32(at + 4, little);
  if (length > limit - from) throw damaged(path, `an element at byte ${at} claims ${length} bytes`);
  const to = from + length;
  // Compressed elements are not padded. Some writers leave out the padding of the last element.
  const padded = word === TYPE.compressed ? to : from + Math.ceil(length / 8) * 8;
  return { type: word, from, to, next: Math.min(padded, limit) };
}

/**
 * Inflates a compressed element; it holds one element, whose tag says how long it is, so the memory is known before it
 * is allocated.
 * @throws NddrError when the stream is damaged, longer than its tag says or too large
 */
export function inflated(source: Bytes, element: Element): Bytes {
  const { path, little } = source;
  const packed = dataOf(source, element);
  try {
    const head = inflateSync(packed.subarray(0, HEAD_BYTES), { finishFlush: constants.Z_SYNC_FLUSH });
    const bytes = elementBytes(head, little);
    if (bytes > LARGEST_BYTES || bytes > packed.length * LARGEST_RATIO) {
      throw new NddrError(
        `${path}: a compressed variable of ${packed.length} bytes claims to hold ${bytes} bytes; at most ` +
          `${LARGEST_BYTES} can be read, and zlib packs at most ${LARGEST_RATIO} into one`,
      );
    }
    // Room for a few more: a full buffer would make zlib ask for another one.
    const room = bytes + 64;
    return bytesOf(inflateSync(packed, { chunkSize: room, maxOutputLength: room }), little, path);
  } catch (error) {
    if (error instanceof NddrError) throw error;
    throw damaged(path, `a variable cannot be inflated: ${(error as Error).message}`);
  }
}

/** The bytes of an element with its tag. */
function elementBytes(head: Buffer, little: boolean): number {
  if (head.length < TAG_BYTES) throw new Error('it holds no element');
  return TAG_BYTES + (little ? head.readUInt32LE(4) : head.readUInt32BE(4));
}
