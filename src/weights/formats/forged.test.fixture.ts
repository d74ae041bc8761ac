/** Files of weights that are made byte by byte, so that they may lie. */
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { maskedCrc32c } from './crc32c.js';

type Field = readonly [number: number, value: number | bigint | string | Uint8Array];

/** A message of protobuf, field by field: a number is a varint, and a list of bytes or a text as it is. */
export function message(...fields: readonly Field[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const [number, value] of fields) {
    if (typeof value === 'string') writer.tag(number, 2).string(value);
    else if (value instanceof Uint8Array) writer.tag(number, 2).bytes(value);
    else writer.tag(number, 0).int64(value);
  }
  return writer.finish();
}

/** A model of one float32 tensor `w` with further fields. */
export const onnxWith = (...tensor: readonly Field[]) =>
  message([1, 8], [7, message([5, message([2, 1], [8, 'w'], ...tensor)])], [8, message([2, 17])]);

/** A model of one tensor of two numbers that lie outside. */
export const outside = (...pairs: readonly (readonly [key: string, value: string])[]) =>
  onnxWith([1, 2], [14, 1], ...pairs.map(([key, value]): Field => [13, message([1, key], [2, value])]));

/** A network of one convolution `conv` with one blob. */
export const caffeWith = (...blob: readonly Field[]) =>
  message([100, message([1, 'conv'], [2, 'Convolution'], [7, message(...blob)])]);

/** A manifest of one tensor `w`, two float32 numbers unless `weight` says otherwise. */
export const manifest = (weight: object, paths: readonly string[] = ['shard']) =>
  new TextEncoder().encode(
    JSON.stringify([{ paths, weights: [{ name: 'w', shape: [2], dtype: 'float32', ...weight }] }]),
  );

/** An index of a checkpoint with one data file and one entry `w`. */
export const bundle = (...entry: readonly Field[]) =>
  table([
    ['', message([1, 1])],
    ['w', message(...entry)],
  ]);

/**
 * A table of one block, in which no key shares bytes with the key before it.
 * @param damage changes the block before its checksum is made
 */
export function table(
  entries: readonly (readonly [key: string, value: Uint8Array])[],
  compression = 0,
  damage?: (block: number[]) => number[],
): Uint8Array {
  const out: number[] = [];
  const block = (pairs: readonly (readonly [string, Uint8Array])[], type: number) => {
    const begin = out.length;
    const bytes = pairs.flatMap(([key, value]) => [0, key.length, value.length, ...Buffer.from(key), ...value]);
    bytes.push(0, 0, 0, 0, 1, 0, 0, 0);
    out.push(...(damage && pairs === entries ? damage(bytes) : bytes));
    const length = out.length - begin;
    out.push(type);
    out.push(...new Uint8Array(Uint32Array.of(maskedCrc32c(Uint8Array.from(out.slice(begin)))).buffer));
    return new BinaryWriter().uint64(begin).uint64(length).finish();
  };
  const index = block([['x', block(entries, compression)]], 0);
  const footer = [...index, ...index];
  out.push(...footer, ...new Array(40 - footer.length).fill(0), 0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb);
  return Uint8Array.from(out);
}
