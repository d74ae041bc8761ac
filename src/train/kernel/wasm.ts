/**
 * The part of WebAssembly's binary format that a loop over arrays of numbers needs (WebAssembly Core 2.0, section 5).
 */

/** Declared here, since the types of ES2023 lack it; browsers and Node have it. */
declare const WebAssembly: {
  Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
};

export type Code = readonly number[];

const PAGE_BYTES = 65_536;

/** An unsigned number in LEB128. */
const natural = (n: number): Code => (n < 128 ? [n] : [(n & 127) | 128, ...natural(n >>> 7)]);

const list = (items: readonly Code[]): Code => [...natural(items.length), ...items.flat()];
const sized = (code: Code): Code => [...natural(code.length), ...code];
const section = (id: number, items: readonly Code[]): Code => [id, ...sized(list(items))];
const simd = (operation: number): Code => [0xfd, ...natural(operation)];

export const type = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;

export const op = {
  get: (local: number): Code => [0x20, ...natural(local)],
  set: (local: number): Code => [0x21, ...natural(local)],
  tee: (local: number): Code => [0x22, ...natural(local)],
  /** Repeats the body as long as the i32 that it leaves on the stack is not 0. */
  repeat: (body: Code): Code => [0x03, 0x40, ...body, 0x0d, 0, 0x0b],
  i32: { small: (n: number): Code => [0x41, n], add: [0x6a], below: [0x49] },
  /** Loads or stores 16 bytes at the address on the stack plus an offset. */
  load: (offset: number): Code => [...simd(0x00), 0, ...natural(offset)],
  store: (offset: number): Code => [...simd(0x0b), 0, ...natural(offset)],
} as const;

/** Instructions on vectors of four float32 and of two float64. */
export const vectors = {
  f32: {
    splat: simd(0x13),
    root: simd(0xe3),
    plus: simd(0xe4),
    minus: simd(0xe5),
    times: simd(0xe6),
    over: simd(0xe7),
  },
  f64: {
    splat: simd(0x14),
    root: simd(0xef),
    plus: simd(0xf0),
    minus: simd(0xf1),
    times: simd(0xf2),
    over: simd(0xf3),
  },
} as const;

export interface LoopFunction {
  readonly parameters: readonly number[];
  readonly locals: readonly number[];
  readonly body: Code;
  /** Size of its memory. */
  readonly memoryBytes: number;
}

/** Compiles one function without a result, with a memory of its own. */
export function instantiate({ parameters, locals, body, memoryBytes }: LoopFunction): {
  readonly run: (...parameters: number[]) => void;
  readonly memory: ArrayBuffer;
} {
  const pages = Math.ceil(memoryBytes / PAGE_BYTES);
  const code = [...list(locals.map((local) => [1, local])), ...body, 0x0b];
  const [env, memoryName, runName] = ['e', 'm', 'r'].map((name) => [1, name.charCodeAt(0)]);
  const bytes = Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [[0x60, ...list(parameters.map((parameter) => [parameter])), 0]]),
    ...section(2, [[...env, ...memoryName, 2, 0, ...natural(pages)]]),
    ...section(3, [[0]]),
    ...section(7, [[...runName, 0, 0]]),
    ...section(10, [sized(code)]),
  ]);
  const memory = new WebAssembly.Memory({ initial: pages });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { e: { m: memory } });
  return { run: exports.r as (...parameters: number[]) => void, memory: memory.buffer };
}
