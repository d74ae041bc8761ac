// The parts of h5wasm that are used. Its own types leave out the file system of its C code.

/** What the library knows of a data set. */
export interface Metadata {
  readonly shape: readonly number[] | null;
  readonly chunks: readonly number[] | null;
  readonly type: number;
  /** Bytes of one element. */
  readonly size: number;
  readonly signed: boolean;
  readonly littleEndian: boolean;
  readonly virtual_sources?: readonly unknown[];
}

export interface H5Module {
  readonly FS: {
    /** Open files by number: 2 is the standard error output. */
    readonly streams: ({ nfd: number } | undefined)[];
    open(path: string, ...more: unknown[]): unknown;
    readonly ErrnoError: new (code: number) => Error;
  };
  readonly HEAPU8: Uint8Array;
  readonly H5G_DATASET: number;
  readonly H5T_class_t: Record<'H5T_INTEGER' | 'H5T_FLOAT' | 'H5T_REFERENCE', { readonly value: number }>;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  get_type(file: bigint, path: string): number;
  get_dataset_metadata(file: bigint, path: string): Metadata;
  /** @returns a negative number where it fails */
  get_dataset_data(
    file: bigint,
    path: string,
    count: readonly bigint[],
    offset: readonly bigint[],
    strides: readonly bigint[],
    pointer: bigint,
  ): number;
  /** The path of the object that a reference leads to. */
  get_referenced_name(file: bigint, reference: Uint8Array, isObject: boolean): string;
}

export interface File {
  readonly file_id: bigint;
  close(): unknown;
}
