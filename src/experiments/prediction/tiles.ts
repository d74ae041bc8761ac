/** Divides an image that is too large for the network into overlapping tiles. */

/** The pixels of a tile along one axis. */
export interface Span {
  readonly start: number;
  readonly length: number;
}

/** Tiles start at multiples of this, which every stride divides: so their cells lie as those of the whole image do. */
const GRID = 32;
/** The least size of a tile: with smaller ones, tiles on the grid would not overlap. */
export const LEAST_TILE = 2 * GRID;

/** The least overlap of two neighbours: a quarter of a tile. */
const overlapOf = (tile: number): number => Math.floor(tile / 4);

/** Tiles of at most `tile` pixels that cover 0 .. length - 1 evenly; neighbours overlap by a quarter or more. */
export function spansOf(length: number, tile: number): Span[] {
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
 * The weight of each tile at each of its pixels. At every pixel the weights of all tiles add up to 1.
 *
 * With o the least overlap and m = o / 4, a tile has the weight w(d) = (1 - cos(pi t)) / 2 at distance d from its
 * border, where t = (d + 1/2 - m) / (o - 2 m), clipped to 0 .. 1. So pixels within m of the border, where the tile
 * lacks their surroundings, get no weight, and w(d) + w(o - 1 - d) = 1. The borders of the image do not count. Where
 * tiles overlap by more than o, the weights are divided by their sum.
 * @param all the tiles along one axis
 * @param tile the longest length of a tile
 */
export function blendWeights(all: readonly Span[], tile: number): Float64Array[] {
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
