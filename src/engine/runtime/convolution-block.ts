/** How many channels the runtime's blocked convolution takes at once: 16, 8, or none, by processor. */
import { conv2d, cpuTarget, source, toModel } from '../index.js';
import type { Runtime } from './runtime.js';

const CANDIDATES = [16, 8];
const CHANNELS = 32;
const SIDE = 20;
const IMAGE = [1, CHANNELS, SIDE, SIDE];
const WEIGHT = [CHANNELS, CHANNELS, 3, 3];

/**
 * The binding does not tell, and a wrong number makes wrong numbers: so a convolution in blocks is compared with a plain
 * one. A runtime that knows no blocks refuses the model.
 */
export async function findBlock(runtime: Runtime): Promise<number> {
  const plain = await convolved(runtime, 0);
  for (const block of CANDIDATES) if (agree(plain, await convolved(runtime, block).catch(() => []))) return block;
  return 0;
}

/** The same convolution of the same numbers, in blocks or, with 0, plain. */
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

/** Sums of 288 products below 1, in another order. */
export const agree = (a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): boolean =>
  a.length === b.length && Array.from(a).every((value, i) => Math.abs(Number(value) - Number(b[i])) < 1e-3);
