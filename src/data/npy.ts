import { NddrError } from '../errors.js';

/** An array of a `.npy` file. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Uint8Array | Uint16Array | Int32Array;
}

const types = {
  '<f4': Float32Array,
  '<f8': Float64Array,
  '|u1': Uint8Array,
  '<u2': Uint16Array,
  '<i4': Int32Array,
} as const;

/**
 * Decodes NumPy's array format (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html), C order,
 * little endian: float32, float64, uint8, uint16 or int32. `name` stands for the file in errors.
 * @throws NddrError when it is no such file, cut short, or of another type
 */
export function decodeNpy(bytes: Uint8Array, name: string): NpyArray {
  const refuse = (why: string): never => {
    throw new NddrError(`${name}: ${why}; write it with numpy.save from a C-ordered float32 array`);
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || bytes[0] !== 0x93 || String.fromCharCode(...bytes.subarray(1, 6)) !== 'NUMPY') {
    refuse('is not a .npy file');
  }
  const wide = bytes[6] >= 2;
  const start = (wide ? 12 : 10) + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = new TextDecoder('latin1').decode(bytes.subarray(wide ? 12 : 10, start));
  const descr = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? '';
  const shape = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  if (shape === undefined) refuse('has a damaged header');
  if (/'fortran_order':\s*True/.test(header)) refuse('is in Fortran order');
  const Type = types[descr as keyof typeof types];
  if (!Type) refuse(`holds values of type ${descr || 'unknown'}, expected one of ${Object.keys(types).join(', ')}`);
  const extents = (shape ?? '')
    .split(',')
    .filter((n) => n.trim() !== '')
    .map(Number);
  const count = extents.reduce((product, n) => product * n, 1);
  if (bytes.length - start < count * Type.BYTES_PER_ELEMENT) {
    refuse(`is cut short: ${bytes.length - start} bytes of values, expected ${count * Type.BYTES_PER_ELEMENT}`);
  }
  // A copy, because typed arrays must begin at a multiple of their element size.
  return { shape: extents, data: new Type(bytes.slice(start, start + count * Type.BYTES_PER_ELEMENT).buffer) };
}
