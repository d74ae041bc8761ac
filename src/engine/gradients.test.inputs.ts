/** For tests: cases to check gradients on, and the numbers that they are fed with. */
import { distinct, type Input } from './gradients.test.support.js';
import type { Shape, Tensor } from './index.js';
import type { CpuTuning } from './lower/cpu/constants.js';

export interface Case {
  readonly title: string;
  readonly inputs: readonly Input[];
  readonly build: (...xs: Tensor[]) => Tensor | readonly Tensor[];
  /** Largest distance of the float32 graphs from the float64 one; 1e-5 where none is given. */
  readonly rounding?: number;
  /** What the case changes of the tuned targets, so that a certain form is taken. */
  readonly tuning?: Partial<CpuTuning>;
}

const isShape = (input: Shape | Input): input is Shape => Array.isArray(input);

export const at = (
  title: string,
  inputs: readonly (Shape | Input)[],
  build: Case['build'],
  rounding?: number,
): Case => ({
  title,
  inputs: inputs.map((input, slot) => (isShape(input) ? distinct(input, undefined, slot) : input)),
  build,
  rounding,
});
export const positive = (shape: Shape, slot = 0) => distinct(shape, (x) => x + 1.2, slot);
export const spread = (shape: Shape, scale: number) => distinct(shape, (x) => x * scale);
export const given = (...values: number[]): Input => ({ shape: [values.length], values: Float32Array.from(values) });

/** An elementwise op of two operands that broadcast in every position. */
export const broadcasting = (
  op: (a: Tensor, b: Tensor) => Tensor,
  of: (shape: Shape, slot?: number) => Input = distinctAt,
) =>
  (
    [
      [
        [3, 4],
        [3, 4],
      ],
      [[2, 3, 4], [4]],
      [
        [3, 1],
        [2, 3, 5],
      ],
      [
        [1, 3, 1, 1],
        [2, 3, 2, 3],
      ],
      [
        [2, 1, 5],
        [3, 1],
      ],
      [[], [2, 3]],
      [
        [2, 3],
        [1, 1],
      ],
    ] as const
  ).map(([a, b]) => at(`[${a}] with [${b}]`, [of(a), of(b, 1)], op));
export const distinctAt = (shape: Shape, slot = 0) => distinct(shape, undefined, slot);

export const alone = (op: (x: Tensor) => Tensor, of: (shape: Shape) => Input = distinctAt) => [
  at('a tensor [2, 3, 5]', [of([2, 3, 5])], op),
  at('a scalar', [of([])], op),
];
