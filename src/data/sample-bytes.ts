// A decoded sample as bytes, so that threads can share it: a text that describes its arrays, then the arrays.
import type { Sample } from './dataset.js';
import type { PackedLabel } from './packed.js';

/** Every part begins at a multiple of so many bytes, as arrays of any type need. */
export const ALIGNMENT = 64;

type TypeName = 'Uint8Array' | 'Uint16Array' | 'Float32Array';
interface ArrayType {
  readonly BYTES_PER_ELEMENT: number;
  new (memory: ArrayBufferLike, offset: number, length: number): PackedLabel['data'];
}
const TYPES: Readonly<Record<TypeName, ArrayType>> = { Uint8Array, Uint16Array, Float32Array };

/** The text: all of a sample but its arrays, whose types and sizes it gives in their order. */
interface Header {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly labels: readonly (Omit<PackedLabel, 'data'> & { readonly name: string; readonly type: TypeName })[];
}

const typeOf = (data: PackedLabel['data']): TypeName =>
  data instanceof Float32Array ? 'Float32Array' : data instanceof Uint16Array ? 'Uint16Array' : 'Uint8Array';
const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** The parts of a sample, and the number of bytes of all with their alignment. */
export function partsOf({ id, image, labels }: Sample<PackedLabel>): { parts: readonly Uint8Array[]; bytes: number } {
  const { width, height } = image;
  const header: Header = {
    id,
    width,
    height,
    labels: Object.entries(labels).map(([name, { data, ...rest }]) => ({ ...rest, name, type: typeOf(data) })),
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const arrays = [Uint32Array.of(text.length), text, image.data, ...Object.values(labels).map(({ data }) => data)];
  const parts = arrays.map((array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  return { parts, bytes: parts.reduce((sum, part) => sum + aligned(part.length), 0) };
}

/** Writes the parts one after another. */
export function writeParts(parts: readonly Uint8Array[], memory: SharedArrayBuffer, offset: number): void {
  let at = offset;
  for (const part of parts) {
    new Uint8Array(memory, at, part.length).set(part);
    at += aligned(part.length);
  }
}

/** The sample whose parts were written at an offset; its arrays are views of the memory. */
export function sampleAt(memory: SharedArrayBuffer, offset: number): Sample<PackedLabel> {
  let at = offset;
  const next = (bytes: number): number => {
    const here = at;
    at += aligned(bytes);
    return here;
  };
  const bytes = (length: number) => new Uint8Array(memory, next(length), length);
  const [textLength] = new Uint32Array(memory, next(4), 1);
  // A text decoder takes no shared memory, hence the copy.
  const text = new TextDecoder().decode(bytes(textLength).slice());
  const { id, width, height, labels } = JSON.parse(text) as Header;
  const image = { width, height, data: bytes(3 * width * height) };
  return {
    id,
    image,
    labels: Object.fromEntries(
      labels.map(({ name, type, ...label }) => {
        const length = label.channels * label.height * label.width;
        const Type = TYPES[type];
        return [name, { ...label, data: new Type(memory, next(length * Type.BYTES_PER_ELEMENT), length) }];
      }),
    ),
  };
}
