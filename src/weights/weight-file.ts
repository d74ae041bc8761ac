/** What a file of weights looks like to its readers, whatever its format. */
import type { StoredDType, StoredTensor } from './stored-tensor.js';

/** Bytes that are read in parts, and the files beside them. */
export interface ByteSource {
  /** The path of the file, for messages. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** @throws NddrError when the part does not lie within the file */
  read(offset: number, length: number): Promise<Uint8Array>;
  /**
   * A file in the same folder, which another part of the format lies in.
   * @throws NddrError when the name leads out of the folder, or there is no such file
   */
  sibling(name: string): Promise<ByteSource>;
}

/** A tensor of a file, whose numbers are read when they are asked for. */
export interface WeightEntry {
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
  /** Row-major and contiguous. */
  read(): Promise<StoredTensor>;
}

/** An opened file of weights: names, shapes and types are known and checked against the sizes of the file. */
export interface WeightFile {
  /** Such as "PyTorch, zip". */
  readonly format: string;
  readonly tensors: ReadonlyMap<string, WeightEntry>;
  /** What the file says of itself. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A format of weight files: one file of the folder `formats`, and one row of its index. */
export interface WeightFormat {
  /** As messages call it. */
  readonly name: string;
  /** What names of such files end with, such as `.safetensors`; asked where no format recognises the content. */
  readonly extensions: readonly string[];
  /** Whether the first bytes of a file (up to 4096) are those of this format; not so where they cannot tell. */
  recognises(head: Uint8Array, source: ByteSource): boolean;
  /** @throws NddrError when the file is damaged, contradicts itself, or claims more than it holds */
  open(source: ByteSource): Promise<WeightFile>;
}
