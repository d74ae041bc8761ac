/** Builds pickles opcode by opcode, for tests. */

type Part = Uint8Array;

const bytes = (...list: number[]): Part => Uint8Array.from(list);
const text = (string: string): Part => new Uint8Array(Buffer.from(string, 'latin1'));

export const join = (...parts: readonly Part[]): Part => new Uint8Array(Buffer.concat(parts));

export const op = {
  proto: bytes(0x80, 2),
  mark: text('('),
  stop: text('.'),
  none: text('N'),
  emptyTuple: text(')'),
  emptyList: text(']'),
  emptyDict: text('}'),
  tuple: text('t'),
  append: text('a'),
  setItem: text('s'),
  dup: text('2'),
  persistent: text('Q'),
  reduce: text('R'),
  newObject: bytes(0x81),
  object: text('o'),
  build: text('b'),
  memoize: bytes(0x94),
  raw: text,
  byte: (value: number) => bytes(0x4b, value),
  put: (key: number) => bytes(0x71, key),
  get: (key: number) => bytes(0x68, key),
  long: (value: bigint, length = 8) => {
    const out = bytes(0x8a, length, ...new Array<number>(length).fill(0));
    for (let i = 0; i < length; i++) out[2 + i] = Number((value >> BigInt(8 * i)) & 255n);
    return out;
  },
  string: (string: string) => {
    const encoded = Buffer.from(string);
    const head = Buffer.alloc(5, 0x58);
    head.writeUInt32LE(encoded.length, 1);
    return join(head, encoded);
  },
  global: (module: string, name: string) => text(`c${module}\n${name}\n`),
  instance: (module: string, name: string) => text(`i${module}\n${name}\n`),
  extension: (key: number) => bytes(0x82, key),
};

const tupleOf = (items: readonly Part[]) => join(op.mark, ...items, op.tuple);
const longs = (numbers: readonly (number | bigint)[]) => tupleOf(numbers.map((one) => op.long(BigInt(one), 9)));

/** A reference to a storage. */
export const storage = (key: string, numbers: number | bigint, type = 'FloatStorage', view: Part = join()) =>
  join(
    tupleOf([
      op.string('storage'),
      op.global('torch', type),
      op.string(key),
      op.string('cpu'),
      op.long(BigInt(numbers), 9),
      view,
    ]),
    op.persistent,
  );

/** A tensor of a storage. */
export const tensor = (
  from: Part,
  shape: readonly (number | bigint)[],
  strides: readonly (number | bigint)[],
  offset: number | bigint = 0,
) =>
  join(
    op.global('torch._utils', '_rebuild_tensor_v2'),
    tupleOf([from, op.long(BigInt(offset), 9), longs(shape), longs(strides), text('\x89'), op.emptyDict]),
    op.reduce,
  );

/** A whole pickle: a dict with one item, `w`. */
export const dictOf = (value: Part) => join(op.proto, op.emptyDict, op.string('w'), value, op.setItem, op.stop);
