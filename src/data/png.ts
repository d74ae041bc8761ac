/** Decodes PNGs, whatever inflates their pixels. */

/** A PNG as it is stored: samples interleaved, palette indices kept as indices. */
export interface PngMap {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Bits a sample in the file: 1, 2, 4, 8 or 16; `data` holds one sample an element whatever the bits. */
  readonly bits: number;
  readonly data: Uint8Array | Uint16Array;
  /** Colours of the indices, when the PNG is an indexed one. */
  readonly palette?: readonly (readonly number[])[];
}

/** Channels by colour type: grey, RGB, palette, grey with alpha, RGB with alpha. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const INTERLACED = 1;

/** One compressed byte of zlib holds at most so many bytes. */
const LARGEST_RATIO = 1032;

/** The compressed pixels of a PNG, and what to make of them. */
export interface PngPixels {
  /** A stream of zlib, whose checksum protects the pixels. */
  readonly pixels: Uint8Array;
  /** The most bytes that an image of the size in the header has once they are inflated. */
  readonly most: number;
  /**
   * The map; `inflated` may be changed in place.
   * @throws Error where rows are missing
   */
  map(inflated: Uint8Array): PngMap;
}

/**
 * Reads the chunks of a PNG. The checksum of header and palette is checked; other chunks than those of the picture are
 * skipped. The caller checks the size in the header before (`expectMapBytesWithin`), and inflates: no more than `most`.
 * @param decodeInterlaced decodes the interlaced ones, which are rare
 * @throws Error where the file is cut short or damaged
 */
export function pixelsOf(bytes: Uint8Array, decodeInterlaced: () => PngMap): PngPixels {
  const { header, palette, pixels } = chunksOf(bytes);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [bits, colourType] = [header[8], header[9]];
  const channels = CHANNELS[colourType];
  if (!channels || ![1, 2, 4, 8, 16].includes(bits)) throw new Error(`colour type ${colourType} of ${bits} bits`);
  if (width === 0 || height === 0) throw new Error(`it is ${width}x${height}`);
  const rowSamples = width * channels;
  const rowBytes = Math.ceil((rowSamples * bits) / 8);
  const interlaced = header[12] === INTERLACED;
  // Interlaced data has seven passes, whose rows each begin with a new byte.
  const most = height * (rowBytes + 1) + (interlaced ? 7 * height * 2 + 64 : 0);
  // Checked before the memory is allocated.
  if (pixels.length * LARGEST_RATIO + 64 < most && most > 2 ** 20) throw new Error('rows are missing');
  // Interlaced data are inflated by the caller to check their size, and again where they are decoded.
  if (interlaced) return { pixels, most, map: decodeInterlaced };
  const map = (inflated: Uint8Array): PngMap => {
    // Not a Buffer: one kind of array keeps the loops fast.
    const rows = new Uint8Array(inflated.buffer, inflated.byteOffset, inflated.length);
    if (rows.length < height * (rowBytes + 1)) throw new Error('rows are missing');
    unfilter(rows, height, rowBytes, Math.max(1, (channels * bits) >> 3));
    const samples = rowSamples * height;
    if (bits < 8) return { width, height, channels, bits, data: unpack(rows, rowSamples, height, bits), palette };
    // In place: collecting the garbage of another array would cost more than the decoding.
    closeRows(rows, height, rowBytes);
    if (bits === 8) return { width, height, channels, bits, data: rows.subarray(0, samples), palette };
    return { width, height, channels, bits, data: toWords(rows, samples), palette };
  };
  return { pixels, most, map };
}

/** The error about pixels that inflate to more than they may. */
export const tooMuchData = (): Error => new Error('it holds more data than an image of its size');

/** The chunks that make up the picture; a chunk is its length, its type, its data and a checksum of the latter two. */
function chunksOf(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: Uint8Array | undefined;
  let palette: number[][] | undefined;
  const parts: Uint8Array[] = [];
  for (let at = 8; ; ) {
    if (at + 12 > bytes.length) throw new Error('it ends too early');
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (at + 12 + length > bytes.length) throw new Error('it ends too early');
    if (type === 'IHDR' || type === 'PLTE') {
      if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== view.getUint32(at + 8 + length)) {
        throw new Error(`the checksum of ${type} is wrong`);
      }
      if (type === 'IHDR') header = data;
      else palette = Array.from({ length: length / 3 }, (_, i) => [...data.subarray(3 * i, 3 * i + 3)]);
    } else if (type === 'IDAT') parts.push(data);
    else if (type === 'IEND') break;
    at += 12 + length;
  }
  if (header?.length !== 13) throw new Error('the header is missing');
  return { header, palette, pixels: parts.length === 1 ? parts[0] : joined(parts) };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** CRC-32 as PNG and zlib use it, bit by bit: only the few bytes of header and palette are checked by it. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/**
 * Undoes the filters of the rows in place. Each row is one byte that names its filter and `rowBytes` bytes; a filter is
 * what was subtracted: the byte to the left (a, `back` bytes before), above (b), their mean, or whichever of a, b and
 * the byte above left (c) is nearest to a + b - c. Beyond the edge these are 0.
 */
function unfilter(rows: Uint8Array, height: number, rowBytes: number, back: number): void {
  const pitch = rowBytes + 1;
  const zeros = new Uint8Array(rowBytes);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * pitch];
    if (filter === 0) continue;
    const row = rows.subarray(y * pitch + 1, (y + 1) * pitch);
    const above = y > 0 ? rows.subarray((y - 1) * pitch + 1, y * pitch) : zeros;
    if (filter === 1) addLeft(row, back);
    else if (filter === 2) addAbove(row, above);
    else if (filter === 3) addMean(row, above, back);
    else if (filter === 4) addNearest(row, above, back);
    else throw new Error(`row ${y} has the filter ${filter}`);
  }
}

function addLeft(row: Uint8Array, back: number): void {
  for (let i = back; i < row.length; i++) row[i] += row[i - back];
}

function addAbove(row: Uint8Array, above: Uint8Array): void {
  for (let i = 0; i < row.length; i++) row[i] += above[i];
}

function addMean(row: Uint8Array, above: Uint8Array, back: number): void {
  for (let i = 0; i < back; i++) row[i] += above[i] >> 1;
  for (let i = back; i < row.length; i++) row[i] += (row[i - back] + above[i]) >> 1;
}

function addNearest(row: Uint8Array, above: Uint8Array, back: number): void {
  for (let i = 0; i < back; i++) row[i] += above[i];
  for (let i = back; i < row.length; i++) {
    const a = row[i - back];
    const b = above[i];
    const c = above[i - back];
    // With p = a + b - c: |p - a| = |b - c|, |p - b| = |a - c|, |p - c| = |a + b - 2 c|; ties go to a, then b.
    const toA = Math.abs(b - c);
    const toB = Math.abs(a - c);
    const toC = Math.abs(a + b - c - c);
    row[i] += toA <= toB && toA <= toC ? a : toB <= toC ? b : c;
  }
}

/** Removes the byte that names the filter from every row, in place. */
function closeRows(rows: Uint8Array, height: number, rowBytes: number): void {
  for (let y = 0; y < height; y++) {
    const from = y * (rowBytes + 1) + 1;
    rows.copyWithin(y * rowBytes, from, from + rowBytes);
  }
}

/** Samples of 16 bits, the high byte first, in the order of this machine, in place. */
function toWords(bytes: Uint8Array, samples: number): Uint16Array {
  const words = new Uint16Array(bytes.buffer, bytes.byteOffset, samples);
  for (let i = 0; i < samples; i++) words[i] = (bytes[2 * i] << 8) | bytes[2 * i + 1];
  return words;
}

/** Samples of 1, 2 or 4 bits, packed from the highest bits on, every row beginning with a new byte. */
function unpack(rows: Uint8Array, rowSamples: number, height: number, bits: number): Uint8Array {
  const pitch = Math.ceil((rowSamples * bits) / 8) + 1;
  const mask = (1 << bits) - 1;
  const samples = new Uint8Array(rowSamples * height);
  for (let y = 0, out = 0; y < height; y++) {
    for (let x = 0; x < rowSamples; x++) {
      const bit = x * bits;
      samples[out++] = (rows[y * pitch + 1 + (bit >> 3)] >> (8 - bits - (bit & 7))) & mask;
    }
  }
  return samples;
}
