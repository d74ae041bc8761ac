// Loads the HDF5 library (h5wasm), for the thread that reads one file, and confines it.
import { openSync, realpathSync } from 'node:fs';
import { devNull } from 'node:os';
import type { File, H5Module } from './h5wasm.js';

/** What the types of Node leave out. */
interface Memory {
  readonly buffer: ArrayBuffer;
  grow(this: Memory, pages: number): number;
}
declare const WebAssembly: { readonly Memory: { readonly prototype: Memory } };

/** What the library may use at most; a piece of a few megabytes can claim to hold gigabytes when it is inflated. */
const LARGEST_MEMORY = 3 * 2 ** 27;
const PAGE = 2 ** 16;
/** "No such file", as the library's C code numbers errors. */
const NO_FILE = 44;

export interface Opened {
  readonly module: H5Module;
  readonly file: File;
}

/**
 * Opens a file for reading. Nothing of it is loaded but what is asked for. To be called once in a thread, since it
 * changes that thread: memory of WebAssembly is limited, the library's own messages are dropped, and no other file can
 * be opened, to which links in the file may lead.
 * @throws Error when the library finds no HDF5 file
 */
export async function openConfined(path: string): Promise<Opened> {
  limitMemory();
  // The library says on the console that its memory is full; the failed reading is reported by its caller.
  console.error = () => {};
  const { default: h5wasm } = await import('h5wasm/node');
  const module = (await h5wasm.ready) as unknown as H5Module;
  const files = module.FS;
  const standardError = files.streams[2];
  if (standardError) standardError.nfd = openSync(devNull, 'w');
  const allowed = realpathSync(path);
  const open = files.open.bind(files);
  files.open = (name, ...more) => {
    if (name !== allowed) throw new files.ErrnoError(NO_FILE);
    return open(name, ...more);
  };
  const file = new h5wasm.File(allowed, 'r');
  if (file.file_id <= 0n) throw new Error('it cannot be opened');
  return { module, file };
}

/** Makes memory of this thread's WebAssembly fail to grow beyond the limit, which the library's allocator expects. */
function limitMemory(): void {
  const { prototype } = WebAssembly.Memory;
  const { grow } = prototype;
  prototype.grow = function (pages) {
    if (this.buffer.byteLength + pages * PAGE > LARGEST_MEMORY) throw new RangeError('the memory is used up');
    return grow.call(this, pages);
  };
}
