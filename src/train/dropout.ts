/** The random bytes of dropout, drawn on the host: those of any step follow from the seed and its number. */
import { sizeOf } from '../engine/index.js';
import type { Mask } from '../nn/scope.js';
import type { Random } from '../random.js';

/** Buffers of random bytes for the dropout layers of one step graph, filled anew for each step. */
export class DropoutMasks {
  /** The buffers by the mask's name, each of the mask's size. */
  readonly values: Record<string, Uint8Array> = {};
  private readonly words: ReadonlyMap<string, Int32Array>;

  constructor(masks: readonly Mask[]) {
    this.words = new Map(masks.map(({ name, shape }) => [name, new Int32Array(Math.ceil(sizeOf(shape) / 4))]));
    for (const { name, shape } of masks)
      this.values[name] = new Uint8Array((this.words.get(name) as Int32Array).buffer, 0, sizeOf(shape));
  }

  /** Fills the buffers. @param random the stream of this step @returns `values`, by the mask's name */
  fill(random: Random): Record<string, Uint8Array> {
    for (const [name, words] of this.words) fillWords(words, random.fork(name));
    return this.values;
  }
}

/** xorshift128 (Marsaglia, 2003), inlined: a function call for each of a million words would slow the step down. */
function fillWords(words: Int32Array, random: Random): void {
  const word = () => (random.next() * 4294967296) | 0;
  let [a, b, c, d] = [word() | 1, word(), word(), word()];
  for (let i = 0; i < words.length; i++) {
    const t = a ^ (a << 11);
    a = b;
    b = c;
    c = d;
    d = d ^ (d >>> 19) ^ t ^ (t >>> 8);
    words[i] = d;
  }
}
