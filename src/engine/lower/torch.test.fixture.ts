/** Reads what tests/peers/torch_layers.py recorded, and makes the inputs that it used. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Shape, sizeOf } from '../index.js';

/** What is kept of an array. */
export interface Summary {
  /** Root mean square. */
  readonly rms: number;
  /** Some elements, by their place. */
  readonly elements: readonly (readonly [at: number, value: number])[];
  /** Sums over all elements, each weighted by a number of `uniforms`. */
  readonly sums: readonly number[];
}

export interface RecordedConvolution extends Readonly<Record<'y' | 'dx' | 'dw', Summary>> {
  readonly image: readonly [n: number, c: number, h: number, w: number];
  readonly outputs: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
}

export interface RecordedBatchNorm
  extends Readonly<Record<'y' | 'mean' | 'variance' | 'dx' | 'dgamma' | 'dbeta', Summary>> {
  readonly image: readonly [n: number, c: number, h: number, w: number];
  readonly level: number;
  readonly deviation: number;
}

export interface Recorded {
  readonly epsilon: number;
  readonly convolutions: readonly RecordedConvolution[];
  readonly batchNorms: readonly RecordedBatchNorm[];
}

/** In the sources: tests run from `dist`. */
const FIXTURE = fileURLToPath(new URL('../../../../tests/fixtures/torch-layers.json', import.meta.url));

export const recorded: Recorded = JSON.parse(readFileSync(FIXTURE, 'utf8'));

/** Numbers in [-1, 1) with 23 fractional bits: the final mix of MurmurHash3 of i + 2^24 seed, i = 0 .. count - 1. */
export function uniforms(count: number, seed: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    let h = (i + (seed << 24)) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
    return (h >>> 8) / 2 ** 23 - 1;
  });
}

/** Almost normal numbers: sums of three uniform ones, exact in float64 and rounded to float32 once. */
export function normals(shape: Shape, seed: number, mean = 0, deviation = 1): Float32Array {
  const count = sizeOf(shape);
  const [a, b, c] = [0, 1, 2].map((k) => uniforms(count, 3 * seed + k));
  return Float32Array.from(a, (_, i) => mean + deviation * (a[i] + b[i] + c[i]));
}

const weightsOf = new Map<number, readonly Float64Array[]>();

/** The weights of the sums over so many elements, made once. */
function sumWeights(count: number, sums: number): readonly Float64Array[] {
  const known = weightsOf.get(count) ?? Array.from({ length: sums }, (_, k) => uniforms(count, 100 + k));
  weightsOf.set(count, known);
  return known;
}

/**
 * How far an array is from a recorded one, in parts of the size of its numbers: the largest error of an element over
 * their root mean square r, and of a sum over the deviation r sqrt(count / 3) of a sum of independent numbers. NaN and
 * infinity count as infinitely far.
 */
export function errorsOf(found: readonly number[], { rms, elements, sums }: Summary): { element: number; sum: number } {
  const worst = (errors: readonly number[]) =>
    errors.every(Number.isFinite) ? Math.max(...errors) : Number.POSITIVE_INFINITY;
  const spread = rms * Math.sqrt(found.length / 3);
  return {
    element: worst(elements.map(([at, value]) => Math.abs(found[at] - value) / rms)),
    sum: worst(
      sumWeights(found.length, sums.length).map((weights, k) => {
        let sum = 0;
        for (let i = 0; i < weights.length; i++) sum += weights[i] * found[i];
        return Math.abs(sum - sums[k]) / spread;
      }),
    ),
  };
}
