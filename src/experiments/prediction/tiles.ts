/** An image that is too large to be seen at once, in tiles that overlap. */

/** A stretch of pixels, from `start` on. */
export interface Stretch {
  readonly start: number;
  readonly length: number;
}

/** Tiles begin where cells of every stride do, so that their cells are those of the whole image. */
const GRID = 32;
/** The least length of a tile: below, no overlap is left between two steps of the grid. */
export const LEAST_TILE = 2 * GRID;

/** What two neighbours have in common at least: a quarter of a tile. */
const overlapOf = (tile: number): number => Math.floor(tile / 4);

/** Stretches of at most `tile` pixels that cover 0 .. length evenly, neighbours overlapping by a quarter or more. */
export function stretches(length: number, tile: number): Stretch[] {
  if (length <= tile) return [{ start: 0, length }];
  const farthest = Math.ceil((length - tile) / GRID); // in units of the grid
  const step = Math.floor((tile - overlapOf(tile)) / GRID);
  const gaps = Math.ceil(farthest / step);
  return Array.from({ length: gaps + 1 }, (_, i) => {
    const start = GRID * Math.round((i * farthest) / gaps);
    return { start, length: Math.min(tile, length - start) };
  });
}

/**
 * How much each stretch has to say about each pixel: of every pixel the weights add up to 1.
 * At distance d from a border inside the image a stretch weighs w(d) = (1 - cos(pi t)) / 2 with
 * t = (d + 1/2 - m) / (o - 2 m) clipped to 0 .. 1, o the least overlap, m = o / 4: nothing within m pixels of the
 * border, where it does not see all around; w(d) + w(o - 1 - d) = 1. Where more overlap, they are divided by their
 * sum.
 * @param tile the longest a stretch may be
 */
export function blendWeights(all: readonly Stretch[], tile: number): Float64Array[] {
  const overlap = overlapOf(tile);
  const margin = Math.floor(overlap / 4);
  const ramp = (distance: number): number => {
    const t = Math.min(1, Math.max(0, (distance + 0.5 - margin) / (overlap - 2 * margin)));
    return (1 - Math.cos(Math.PI * t)) / 2;
  };
  const whole = Math.max(...all.map(({ start, length }) => start + length));
  const sum = new Float64Array(whole);
  const weights = all.map(({ start, length }) => {
    const first = start === 0;
    const last = start + length === whole;
    return Float64Array.from({ length }, (_, i) => {
      const weight = (first ? 1 : ramp(i)) * (last ? 1 : ramp(length - 1 - i));
      sum[start + i] += weight;
      return weight;
    });
  });
  return weights.map((own, at) => own.map((weight, i) => weight / sum[all[at].start + i]));
}
