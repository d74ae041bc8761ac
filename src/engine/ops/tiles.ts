/** Cutting maps into square tiles and putting them together again, by matrix products. */
import type { GraphWriter } from '../onnx/writer.js';
import type { Tensor } from '../tensor.js';
import { matmul } from './matmul.js';
import { selection } from './selection.js';
import { reshape } from './shape.js';
import { constant } from './source.js';

export type Matrix = readonly (readonly number[])[];

/**
 * Maps of height x width in tiles. At dilation d a map is d^2 interleaved ones, each of which a kernel sees undilated;
 * along an axis the tiles of an interleaved map follow one another, and those of the next follow them.
 */
export interface Tiling {
  readonly dilation: number;
  /** Pixels along the side of a tile. */
  readonly tile: number;
}

/** Tiles along an axis of one interleaved map. */
const tilesAlong = (size: number, { dilation, tile }: Tiling): number => Math.ceil(Math.ceil(size / dilation) / tile);

/** Tiles of a map along each axis, those of all interleaved maps. */
export const tilesOf = ([height, width]: readonly [number, number], tiling: Tiling): readonly [number, number] => [
  tiling.dilation * tilesAlong(height, tiling),
  tiling.dilation * tilesAlong(width, tiling),
];

/**
 * What `matrix` [P, K] makes of K pixels in every tile of every map, along both axes: maps [C, N, H, W] ->
 * [P^2, C, N tiles]. The pixels are `first` to `first` + K - 1, counted from the tile's first; beyond the map they are
 * 0. Cutting, padding and the products of all tiles are two products with matrices that are mostly zeros: at 350 GFLOP/s
 * these take less time than moving pixels about.
 */
export function cut(maps: Tensor, matrix: Matrix, first: number, tiling: Tiling): Tensor {
  const [c, n, h, w] = maps.shape;
  const points = matrix.length;
  const [rows, columns] = tilesOf([h, w], tiling);
  const down = constant(band(matrix, first, h, tiling), [points, 1, rows, h]);
  const across = constant(band(matrix, first, w, tiling), [1, points, columns, w]);
  const cutDown = matmul(down, reshape(maps, [1, c * n, h, w])); // [P, C N, rows, W]
  const both = matmul(reshape(cutDown, [points, 1, c * n * rows, w]), across, { b: true });
  return reshape(both, [points * points, c, n * rows * columns]);
}

/** [P, tiles, size]: `matrix` at the place of each tile along an axis. */
function band(matrix: Matrix, first: number, size: number, tiling: Tiling): Float64Array {
  const { dilation, tile } = tiling;
  const each = tilesAlong(size, tiling);
  const all = dilation * each;
  const values = new Float64Array(matrix.length * all * size);
  for (const [point, weights] of matrix.entries())
    for (let at = 0; at < all; at++)
      for (const [k, weight] of weights.entries()) {
        const pixel = Math.floor(at / each) + dilation * (tile * (at % each) + first + k);
        if (pixel >= 0 && pixel < size) values[(point * all + at) * size + pixel] = weight;
      }
  return values;
}

/**
 * Tiles to maps: [tile^2, M tiles] -> [M, H, W]. What lies beyond the maps is dropped.
 * @returns the value's name, of any shape with these elements
 */
export function emitJoin(
  writer: GraphWriter,
  tiles: string,
  maps: number,
  size: readonly [number, number],
  tiling: Tiling,
): string {
  const { tile, dilation } = tiling;
  const [rows, columns] = tilesOf(size, tiling);
  const planes = writer.reshape(tiles, [1, tile ** 2 * maps, rows, columns]);
  const whole = writer.value('DepthToSpace', [planes], { blocksize: tile });
  if (dilation === 1) return cropped(writer, whole, [tile * rows, tile * columns], size);
  // The interleaved maps lie side by side: products with zeros and ones put rows and columns in order, and crop them.
  const [height, width] = size;
  const [allRows, allColumns] = [tile * rows, tile * columns];
  const [eachRow, eachColumn] = [allRows / dilation, allColumns / dilation];
  const down = selection(height, allRows, (i) => (i % dilation) * eachRow + Math.floor(i / dilation));
  const across = selection(allColumns, width, (i) => (i % eachColumn) * dilation + Math.floor(i / eachColumn));
  const ordered = writer.value('MatMul', [writer.constant(down, 'float32', [height, allRows]), whole]);
  return writer.value('MatMul', [ordered, writer.constant(across, 'float32', [allColumns, width])]);
}

/** The same where every interleaved map is one tile: [M d^2, tile^2] -> [M, H, W]. */
export function emitJoinSingle(
  writer: GraphWriter,
  tiles: string,
  maps: number,
  size: readonly [number, number],
  { tile, dilation }: Tiling,
): string {
  const side = dilation * tile;
  const planes = writer.reshape(tiles, [maps, dilation ** 2, tile, tile]);
  const whole = dilation === 1 ? planes : writer.value('DepthToSpace', [planes], { blocksize: dilation });
  return cropped(writer, whole, [side, side], size);
}

function cropped(
  writer: GraphWriter,
  maps: string,
  from: readonly [number, number],
  size: readonly [number, number],
): string {
  if (from[0] === size[0] && from[1] === size[1]) return maps;
  return writer.value('Slice', [maps, writer.int64s([0, 0]), writer.int64s([...size]), writer.int64s([2, 3])]);
}
