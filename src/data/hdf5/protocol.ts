// What the thread that reads an HDF5 file is asked, and what it answers.

export const ARRAYS = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** Numbers of a data set, in the order of the file: the last dimension runs fastest. */
export type Numbers = InstanceType<(typeof ARRAYS)[keyof typeof ARRAYS]>;

/** The type of the numbers of a data set; `references` lead to other data sets. */
export type DatasetType = keyof typeof ARRAYS | 'references' | 'other';

/** A data set of numbers or references. MATLAB's dimensions stand here in reversed order. */
export interface DatasetInfo {
  readonly shape: readonly number[];
  readonly type: DatasetType;
  /** The shape of the pieces in which it is stored, if it is. */
  readonly chunks?: readonly number[];
}

/** A request. `slab` reads the entries `from` to `to` (exclusive) of the first dimension. */
export type Request =
  | { readonly op: 'describe'; readonly name: string }
  | { readonly op: 'slab'; readonly name: string; readonly from: number; readonly to: number }
  | { readonly op: 'texts'; readonly name: string };

/** The answer to each request; undefined from `describe` where there is no such data set. */
export interface Answers {
  readonly describe: DatasetInfo | undefined;
  readonly slab: Numbers;
  readonly texts: readonly string[];
}

export type Reply =
  | { readonly value: Answers[keyof Answers] }
  /** `message` is for the user; `stack` is there where the fault is not in the file. */
  | { readonly message: string; readonly stack?: string };

/** The most bytes that are read at once, and the most of one stored piece. */
export const LARGEST_SLAB = 2 ** 26;
export const LARGEST_CHUNK = 2 ** 26;
