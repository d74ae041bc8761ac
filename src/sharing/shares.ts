/** How much of what a task goes on with comes from which source: docs/explanation/what-tasks-share.md defines it. */
import type { Block } from '../fusion/index.js';
import type { MixingLayer } from './layers.js';

/** What became of a channel of a task, where the sources are tasks. */
export type Fate = (typeof FATES)[number];
export const FATES = ['kept', 'mixed', 'taken over', 'silent'] as const;

/** A channel is kept from this share of its own task's features on. */
export const KEPT = 0.9;
/** A channel is taken over up to this share of its own task's features. */
export const TAKEN_OVER = 0.1;
/** A channel is silent below this part of the mean energy of its task's channels. */
export const SILENT = 1e-6;

/** The shares of one task or tower in a layer. */
export interface OutputShares {
  readonly name: string;
  readonly channels: number;
  /** Part of the energy that comes from each source; they add up to 1. NaN where the layer yields nothing at all. */
  readonly shares: readonly number[];
  /** The same by row: a channel, or several that share their coefficients. */
  readonly rows: readonly (readonly number[])[];
  /** Channels by what became of them; only where the sources are tasks. */
  readonly fates?: Readonly<Record<Fate, number>>;
}

export interface LayerShares {
  readonly layer: string;
  readonly after: string;
  readonly of: MixingLayer['of'];
  readonly sources: readonly string[];
  readonly outputs: readonly OutputShares[];
}

/** The variance of a source's feature in the row and column of a block. 1 where weights alone are looked at. */
export type VarianceOf = (source: number, output: number, block: Block, row: number, column: number) => number;

/** The shares of a layer. @param varianceOf 1 for all features by default */
export function sharesOf(mixing: MixingLayer, varianceOf?: VarianceOf): LayerShares {
  const { layer, after, of, sources, outputs } = mixing;
  return {
    ...{ layer, after, of, sources },
    outputs: outputs.map(({ name, perRow, blocks }, output): OutputShares => {
      const energies = Array.from({ length: blocks[0].rows }, (_, row) =>
        blocks.map((block, source) =>
          energyOf(block, row, varianceOf && ((...at) => varianceOf(source, output, ...at))),
        ),
      );
      const total = sources.map((_, j) => energies.reduce((sum, row) => sum + row[j], 0));
      const mean = sumOf(total) / energies.length;
      const rows = energies.map((row) => partsOf(row));
      const own = sources.indexOf(name);
      const fates = Object.fromEntries(FATES.map((fate) => [fate, 0])) as Record<Fate, number>;
      for (const [i, row] of energies.entries()) fates[fateOf(sumOf(row), rows[i][own], mean)] += perRow;
      return {
        ...{ name, channels: energies.length * perRow, shares: partsOf(total), rows },
        ...(of === 'tasks' && { fates }),
      };
    }),
  };
}

/** Sum of the squares of a row, each times the variance of its feature. */
function energyOf(
  block: Block,
  row: number,
  varianceOf?: (block: Block, row: number, column: number) => number,
): number {
  const { columns, values } = block;
  let sum = 0;
  for (let column = 0; column < columns; column++) {
    const value = values[row * columns + column];
    sum += value * value * (varianceOf ? varianceOf(block, row, column) : 1);
  }
  return sum;
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, x) => sum + x, 0);

function partsOf(energies: readonly number[]): number[] {
  const whole = sumOf(energies);
  return energies.map((energy) => energy / whole);
}

function fateOf(energy: number, share: number, mean: number): Fate {
  if (!(energy > SILENT * mean)) return 'silent';
  if (share >= KEPT) return 'kept';
  return share <= TAKEN_OVER ? 'taken over' : 'mixed';
}

/** Shares of every task in every layer, by layer, output and source: what an evaluation records. */
export type ShareTable = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>;

/** The shares of layers as a table, with four digits. */
export const shareTable = (layers: readonly LayerShares[]): ShareTable =>
  Object.fromEntries(
    layers.map(({ layer, sources, outputs }) => [
      layer,
      Object.fromEntries(
        outputs.map(({ name, shares }) => [
          name,
          Object.fromEntries(sources.map((source, j) => [source, Number(shares[j].toPrecision(4))])),
        ]),
      ),
    ]),
  );
