/** What a file claims of its tensors, checked before anything is allocated. */
import { NddrError } from '../../errors.js';
import { elementsOf } from '../../npy.js';
import { bytesPerElement, isShape, type StoredDType } from '../stored-tensor.js';
import type { WeightEntry } from '../weight-file.js';

/** Networks have some thousands; a file that claims more would fill the memory with names. */
export const MAX_TENSORS = 100_000;
/** The longest of published networks have some three hundred characters. */
const MAX_NAME_LENGTH = 2048;
/** As NumPy's. */
const MAX_RANK = 32;

export const damaged = (where: string, what: string): NddrError =>
  new NddrError(`${where} is damaged: ${what}. Copy or download it again.`);

/** @throws NddrError unless the sizes are whole numbers, none below 0, whose product can be counted */
export function claimedShape(sizes: readonly (number | bigint)[], tensor: string, where: string): number[] {
  const shape = sizes.map(Number);
  if (!isShape(shape) || shape.length > MAX_RANK) {
    const listed = `[${sizes.slice(0, 8).join(', ')}${sizes.length > 8 ? ', ...' : ''}]`;
    throw damaged(where, `${tensor} has the shape ${listed}, which no tensor can have`);
  }
  return shape;
}

/** Adds a tensor to those of a file. @throws NddrError when its name is taken or far too long, or there are too many */
export function addEntry(tensors: Map<string, WeightEntry>, name: string, entry: WeightEntry, where: string): void {
  if (name.length > MAX_NAME_LENGTH) throw damaged(where, `a tensor has a name of ${name.length} characters`);
  if (tensors.has(name)) throw damaged(where, `it holds two tensors named ${name}`);
  if (tensors.size >= MAX_TENSORS) {
    throw new NddrError(`${where} holds more than ${MAX_TENSORS} tensors, and no network has as many. Name another.`);
  }
  tensors.set(name, entry);
}

/** @throws NddrError unless the file has as many bytes for a tensor as its type and shape take */
export function expectBytes(
  found: number,
  { name, dtype, shape }: { readonly name: string; readonly dtype: StoredDType; readonly shape: readonly number[] },
  where: string,
): void {
  const size = elementsOf(shape) * bytesPerElement(dtype);
  if (found === size) return;
  throw damaged(where, `${name}, ${dtype} [${shape.join(', ')}], takes ${size} bytes, and there are ${found}`);
}

/** What a file holds that is no tensor of numbers, for a note in its metadata: the first few by name. */
export class Skipped {
  private readonly first: string[] = [];
  private count = 0;

  add(name: string, what: string): void {
    if (this.count++ < 8) this.first.push(`${name.slice(0, 200)} (${what})`);
  }

  /** Nothing where nothing was skipped. */
  note(): Record<string, string> {
    if (this.count === 0) return {};
    const more = this.count - this.first.length;
    return { skipped: `${this.first.join(', ')}${more > 0 ? ` and ${more} more` : ''}` };
  }
}
