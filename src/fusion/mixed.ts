/** What the trained layers of a fusion mix: their weights as blocks, one for each output and source. */
import type { Shape } from '../engine/index.js';
import { NddrError } from '../errors.js';
import { BATCH_NORM } from '../nn/layers.js';

/** A matrix [rows, columns], row by row. */
export interface Block {
  readonly rows: number;
  readonly columns: number;
  readonly values: ArrayLike<number>;
}

/** What one tower or task goes on with. */
export interface MixedOutput {
  readonly name: string;
  /** Channels that a row stands for: more than 1 where one coefficient holds for several. */
  readonly perRow: number;
  /** One for each source: rows are channels of the output; columns are what a row takes of the source. */
  readonly blocks: readonly Block[];
}

/** A layer that makes weighted sums of features of several sources. */
export interface Mixing {
  /** Its path, such as `nddr3`. */
  readonly layer: string;
  /** Number of the stage that it follows, from 1; the last for what heads see of all stages. */
  readonly stage: number;
  /** What the sources are: the tasks' features after a stage, a task's features after each stage, or parts of its own. */
  readonly of: 'tasks' | 'stages' | 'parts';
  readonly sources: readonly string[];
  readonly outputs: readonly MixedOutput[];
}

/** A variable with its trained values. */
export interface TrainedVariable {
  readonly shape: Shape;
  readonly values: ArrayLike<number>;
}

/** A layer of a trained fusion. */
export interface TrainedLayer {
  readonly path: string;
  /** @throws NddrError when the weights lack the variable, or hold numbers that are not finite */
  read(name: string): TrainedVariable;
}

/** A trained network, as a fusion reads its own layers. */
export interface TrainedFusion {
  readonly tasks: readonly string[];
  readonly towers: readonly string[];
  /** Channels of every stage: in `fused` those of the branch that is fused, in `gathered` those of all its branches. */
  readonly stageChannels: readonly number[];
  /** The layer that `scope.child(name)` is in `fuse` or `gather`. */
  layer(name: string): TrainedLayer;
}

/**
 * The columns of a matrix [rows, sum of widths], cut into blocks.
 * @param scale of each row
 * @throws NddrError when the widths are not those of the matrix: a stage then says other channels than it yields
 */
export function blocksOf(
  { shape: [rows, given], values }: TrainedVariable,
  widths: readonly number[],
  scale: (row: number) => number = () => 1,
): Block[] {
  const width = widths.reduce((sum, columns) => sum + columns, 0);
  if (width !== given)
    throw new NddrError(
      `A fusion layer takes ${given} channels, and the backbone's stages say ${widths.join(' + ')} = ${width}: ` +
        'correct `channels` of the stages.',
    );
  let first = 0;
  return widths.map((columns) => {
    const block = new Float32Array(rows * columns);
    for (let row = 0; row < rows; row++)
      for (let i = 0; i < columns; i++) block[row * columns + i] = scale(row) * values[row * width + first + i];
    first += columns;
    return { rows, columns, values: block };
  });
}

/**
 * The blocks of a 1x1 convolution over concatenated features and the batch normalisation that follows: each row is
 * multiplied by gamma / sqrt(var + epsilon), as the batch norm scales its channel with running statistics.
 * @param name the place of the convolution in the layer
 * @param widths channels of each source
 */
export function normedBlocks(layer: TrainedLayer, name: string, widths: readonly number[]): Block[] {
  const gamma = layer.read(`${name}.gamma`).values;
  const variance = layer.read(`${name}.var`).values;
  const scale = (row: number) => gamma[row] / Math.sqrt(variance[row] + BATCH_NORM.epsilon);
  return blocksOf(layer.read(`${name}.weight`), widths, scale);
}

/** A block of a single number. */
export const coefficient = (value: number): Block => ({ rows: 1, columns: 1, values: [value] });
