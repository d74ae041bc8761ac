/** Heat maps of the weights with which a layer mixes. */
import { hex, viridis } from '../drawing/colours.js';
import { element, short } from '../drawing/svg.js';
import type { Block } from '../fusion/index.js';
import type { MixingLayer } from './layers.js';

/** Cells of a heat map a side, at most: neighbouring weights share a cell. */
const MOST_CELLS = 72;
/** Colours of the scale: cells of one colour are one element of the picture. */
const LEVELS = 24;

/** Powers of ten of energy from the lowest colour to the highest. */
const DECADES = 4;
/** The lowest energy that is not of the lowest colour, as a part of the largest. */
export const LEAST = '0.0001';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The matrix of a layer: rows are the channels of all outputs, columns what they take of the sources. A cell shows the
 * energy in it as a part of the largest one, by its logarithm.
 */
export function heatMap({ outputs, sources }: MixingLayer, { x, y, width, height }: Box): string {
  const cells = Math.floor(MOST_CELLS / Math.max(sources.length, outputs.length));
  const [tall, wide] = [height / outputs.length, width / sources.length];
  const blocks = outputs.flatMap(({ blocks }, i) => blocks.map((block, j) => ({ i, j, ...reduced(block, cells) })));
  const most = blocks.reduce((found, { values }) => values.reduce((a, b) => Math.max(a, b), found), 0);
  const paths = Array.from({ length: LEVELS }, () => '');
  for (const { i, j, rows, columns, values } of blocks) {
    const [h, w] = [tall / rows, wide / columns];
    for (const [n, value] of values.entries()) {
      const level = levelOf(value / most);
      const [left, top] = [x + j * wide + (n % columns) * w, y + i * tall + Math.floor(n / columns) * h];
      // The lowest level is the background.
      if (level > 0) paths[level] += `M${short(left)} ${short(top)}h${short(w)}v${short(h)}h${short(-w)}z`;
    }
  }
  const lines = [
    ...sources.slice(1).map((_, j) => `M${short(x + (j + 1) * wide)} ${short(y)}v${short(height)}`),
    ...outputs.slice(1).map((_, i) => `M${short(x)} ${short(y + (i + 1) * tall)}h${short(width)}`),
  ].join('');
  return [
    element('rect', { x, y, width, height, fill: levelColour(0) }),
    ...paths.flatMap((d, level) => (d === '' ? [] : [element('path', { d, fill: levelColour(level) })])),
    element('path', { d: lines, stroke: '#ffffff', 'stroke-width': 1, fill: 'none' }),
  ].join('');
}

/** The scale of the heat maps, from the lowest to the largest. */
export const heatScale = ({ x, y, width, height }: Box): string =>
  Array.from({ length: LEVELS }, (_, level) =>
    element('rect', {
      x: x + (level * width) / LEVELS,
      // A little wider, so that no gap shows between them.
      ...{ y, width: width / LEVELS + 0.5, height, fill: levelColour(level) },
    }),
  ).join('');

/** The level of a part of the largest energy; NaN, where all are 0, is the lowest. */
function levelOf(part: number): number {
  const at = 1 + Math.log10(part) / DECADES;
  return at > 0 ? Math.min(LEVELS - 1, Math.floor(at * LEVELS)) : 0;
}

const levelColour = (level: number): string => hex(viridis(level / (LEVELS - 1)));

/** The energy of a block in at most `most` x `most` cells. */
function reduced(
  { rows, columns, values }: Block,
  most: number,
): { rows: number; columns: number; values: Float64Array } {
  const [down, across] = [Math.min(rows, most), Math.min(columns, most)];
  const cells = new Float64Array(down * across);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const value = values[row * columns + column];
      const cell = Math.floor((row * down) / rows) * across + Math.floor((column * across) / columns);
      cells[cell] += value * value;
    }
  return { rows: down, columns: across, values: cells };
}
