/** A graph of one convolution, whose answer is known: for finding out whether a device computes. */
import { plain } from '../lower/plain.js';
import { toModel } from '../onnx/model.js';
import { conv2d } from '../ops/conv.js';
import { source } from '../ops/source.js';
import type { HostTensors } from './runtime.js';

const MAP = [1, 1, 3, 3];

/** Sums of the 3x3 neighbours of each of nine ones: small whole numbers, which every device holds exactly. */
export const smallestGraph = (): {
  readonly model: Uint8Array;
  readonly feeds: HostTensors;
  readonly expected: readonly number[];
} => {
  const [x, weight] = [source('x', MAP), source('weight', MAP)];
  const ones = { dtype: 'float32', shape: MAP, data: new Float32Array(9).fill(1) } as const;
  return {
    model: toModel({ y: conv2d(x, weight, null, { padding: 1 }) }, { target: plain }).bytes,
    feeds: { x: ones, weight: ones },
    expected: [4, 6, 4, 6, 9, 6, 4, 6, 4],
  };
};
