/** Finds how many channels a block of the runtime's blocked convolution has on this processor: 16, 8, or none. */
import { conv2d, cpuTarget, source, toModel } from '../index.js';
import type { Runtime } from './runtime.js';

const CANDIDATES = [16, 8];
const CHANNELS = 32;
const SIDE = 20;
const IMAGE = [1, CHANNELS, SIDE, SIDE];
const WEIGHT = [CHANNELS, CHANNELS, 3, 3];

/**
 * The runtime's binding does not tell the number, and with a wrong one convolutions yield wrong values. So a convolution
 * in blocks is compared with a plain one. A runtime that has no blocks refuses the model.
 * @returns channels of a block, 0 where there are none
 */
export async function findBlock(runtime: Runtime): Promise<number> {
  const plain = await convolved(runtime, 0);
  for (const block of CANDIDATES) if (agree(plain, await convolved(runtime, block).catch(() => []))) return block;
  return 0;
}

/** What a certain convolution yields, in blocks of so many channels or, with 0, without blocks. */
export async function convolved(runtime: Runtime, block: number): Promise<ArrayLike<number | bigint>> {
  const y = conv2d(source('x', IMAGE), source('weight', WEIGHT), null, { padding: 1 });
  const session = await runtime.open(toModel({ y }, { target: cpuTarget({ block }) }).bytes);
  try {
    const { y: found } = await session.run({
      x: { dtype: 'float32', shape: IMAGE, data: waves(CHANNELS * SIDE * SIDE, 1) },
      weight: { dtype: 'float32', shape: WEIGHT, data: waves(CHANNELS * CHANNELS * 9, 2) },
    });
    return found.data;
  } finally {
    await session.close();
  }
}

const waves = (length: number, frequency: number) => Float32Array.from({ length }, (_, i) => Math.sin(frequency * i));

/** Whether two results are equal up to rounding: each is a sum of 288 products below 1, added in another order. */
export const agree = (a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): boolean =>
  a.length === b.length && Array.from(a).every((value, i) => Math.abs(Number(value) - Number(b[i])) < 1e-3);
