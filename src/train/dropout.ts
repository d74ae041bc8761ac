/** Dropout masks made on the host: any step's masks can be made again from seed and step number. */
import { sizeOf } from '../engine/index.js';
import type { Mask } from '../nn/scope.js';
import type { Random } from '../random.js';

/** Buffers for the masks of one step graph, filled anew for each step. */
export class DropoutMasks {
  readonly values: Record<string, Float32Array>;

  constructor(private readonly masks: readonly Mask[]) {
    this.values = Object.fromEntries(masks.map(({ name, shape }) => [name, new Float32Array(sizeOf(shape))]));
  }

  /** @param random the stream of this step */
  fill(random: Random): Record<string, Float32Array> {
    for (const { name, keep } of this.masks) fillMask(this.values[name], keep, random.fork(name));
    return this.values;
  }
}

/** Elements become 1 / keep with probability keep (to 2^-16), 0 otherwise. */
function fillMask(mask: Float32Array, keep: number, random: Random): void {
  const threshold = Math.round(keep * 65536);
  const kept = 1 / keep;
  // xorshift128 (Marsaglia, 2003), written out: a call for each of millions of elements would show in the step.
  const word = () => (random.next() * 4294967296) | 0;
  let [a, b, c, d] = [word() | 1, word(), word(), word()];
  const pairs = mask.length & ~1;
  for (let i = 0; i < pairs; i += 2) {
    const t = a ^ (a << 11);
    a = b;
    b = c;
    c = d;
    d = d ^ (d >>> 19) ^ t ^ (t >>> 8);
    mask[i] = (d & 0xffff) < threshold ? kept : 0;
    mask[i + 1] = d >>> 16 < threshold ? kept : 0;
  }
  if (pairs < mask.length) mask[pairs] = random.next() < keep ? kept : 0;
}
