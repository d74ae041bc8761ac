/**
 * Where the cells (the pixels of a feature map) lie in the image that the map was made from. Grids are worked out while
 * a graph is built, and are not part of it. Windows (convolutions and poolings) change the grid by a rule, and ops that
 * compute each cell from the same cell of their inputs keep it. Labels are sampled at the cells, and answers enlarged
 * from them: docs/decisions/009-geometry.md.
 */
import type { Pair, Window } from './ops/window.js';
import { type Shape, showShape, type Tensor } from './tensor.js';

export interface Grid {
  /** Image pixels from one cell to the next, along the height and the width. */
  readonly stride: Pair;
  /** The pixel at which the first cell is centred; 3.5 lies between pixels 3 and 4. */
  readonly start: Pair;
  /** The windows before this map whose padding depends on the size of their input, which may be free. */
  readonly fitted: readonly FittedWindow[];
  /** Names the windows that changed the size: two maps of one image with the same names have the same size. */
  readonly sizedBy: string;
}

/** A window with padding 'same': what it adds to the start of a grid follows from the size of its input. */
export interface FittedWindow {
  readonly input: Tensor;
  readonly window: Window;
  /** Image pixels from one cell of the input to the next. */
  readonly unit: Pair;
}

const PIXELS: Grid = { stride: [1, 1], start: [0, 0], fitted: [], sizedBy: '' };

/** Grids that were worked out already; null for a tensor of which it is unknown where its cells lie. */
const grids = new WeakMap<Tensor, Grid | null>();
/** By the output of a window: its input and the window. */
const windows = new WeakMap<Tensor, { readonly x: Tensor; readonly window: Window }>();

/** Declares that the cells of x [N, C, H, W] are the pixels of the image. */
export function asPixels(x: Tensor): Tensor {
  grids.set(x, PIXELS);
  return x;
}

/** Declares that the cells of x lie where those of `like` do, for an x that was made by ops such as `reshape`. */
export function atCellsOf(x: Tensor, like: Tensor): Tensor {
  if (x.shape.length !== 4 || like.shape.length !== 4 || x.shape[2] !== like.shape[2] || x.shape[3] !== like.shape[3])
    throw new Error(`${showShape(x.shape)} cannot have the cells of ${showShape(like.shape)}`);
  grids.set(x, gridOf(like));
  return x;
}

/** Declares that y was made from x by a window. */
export function byWindow(y: Tensor, x: Tensor, window: Window): Tensor {
  windows.set(y, { x, window });
  return y;
}

/**
 * Where the cells of x [N, C, H, W] lie; null where that is unknown, as after a reshaping.
 * @throws Error when x joins maps whose cells lie elsewhere
 */
export function gridOf(x: Tensor): Grid | null {
  const known = grids.get(x);
  if (known !== undefined) return known;
  const made = windows.get(x);
  const grid = made ? moved(gridOf(made.x), made) : x.node.rules.keepsCells ? commonGrid(x) : null;
  grids.set(x, grid);
  return grid;
}

/** As `gridOf`, for callers that need a grid. @throws Error when it is unknown */
export function knownGrid(x: Tensor): Grid {
  const grid = gridOf(x);
  if (grid) return grid;
  const { rules, label } = x.node;
  throw new Error(
    `where the cells of ${showShape(x.shape)} lie in the image is unknown after ${rules.name}` +
      `${label ? ` in ${label}` : ''}: say it with atCellsOf`,
  );
}

/** start' = start + stride ((kernel - 1) dilation / 2 - padding before), stride' = stride times that of the window. */
function moved(grid: Grid | null, { x, window }: { readonly x: Tensor; readonly window: Window }): Grid | null {
  if (!grid) return null;
  const along = (axis: 0 | 1): number => grid.start[axis] + grid.stride[axis] * windowStart(window, axis);
  return {
    stride: [grid.stride[0] * window.stride[0], grid.stride[1] * window.stride[1]],
    start: [along(0), along(1)],
    fitted: window.fitted ? [...grid.fitted, { input: x, window, unit: grid.stride }] : grid.fitted,
    sizedBy: keepsSize(window) ? grid.sizedBy : `${grid.sizedBy} ${showWindow(window)}`,
  };
}

const keepsSize = ({ kernel, stride, dilation, padding }: Window): boolean =>
  [0, 1].every(
    (axis) => stride[axis] === 1 && padding[axis] + padding[axis + 2] === (kernel[axis] - 1) * dilation[axis],
  );

const showWindow = ({ kernel, stride, dilation, padding, fitted }: Window): string =>
  [kernel, stride, dilation, fitted ? 'same' : padding].join('/');

/** Where the middle of the first window lies among the cells of its input. */
export const windowStart = ({ kernel, dilation, padding }: Window, axis: 0 | 1): number =>
  ((kernel[axis] - 1) * dilation[axis]) / 2 - padding[axis];

/** The grid of the inputs whose maps have the size of x. */
function commonGrid(x: Tensor): Grid | null {
  let found: Grid | null = null;
  for (const input of x.node.inputs) {
    const grid = sameCells(input.shape, x.shape) ? gridOf(input) : null;
    if (grid && found && !sameGrid(grid, found))
      throw new Error(
        `${x.node.rules.name}${x.node.label ? ` in ${x.node.label}` : ''} joins cells at ${showGrid(found)} with cells at ` +
          `${showGrid(grid)}: resample one of them with resizeLike`,
      );
    found ??= grid;
  }
  return found;
}

const sameCells = (a: Shape, b: Shape): boolean => a.length === 4 && b.length === 4 && a[2] === b[2] && a[3] === b[3];

export const sameGrid = (a: Grid, b: Grid): boolean =>
  [0, 1].every((axis) => a.stride[axis] === b.stride[axis] && a.start[axis] === b.start[axis]);

/** The formula of the pixels at which the cells are centred, such as `8 i + 3.5`. */
export function showGrid({ stride, start }: Grid): string {
  const along = (axis: 0 | 1) => `${stride[axis]} i + ${start[axis]}`;
  return along(0) === along(1) ? along(0) : `(${along(0)}, ${along(1)})`;
}

/** Indices of the image's pixels nearest to the centres of `cells` cells, along one axis of `pixels` pixels. */
export function nearestPixels({ stride, start }: Grid, axis: 0 | 1, cells: number, pixels: number): number[] {
  return Array.from({ length: cells }, (_, i) =>
    Math.min(Math.max(Math.floor(start[axis] + stride[axis] * i + 0.5), 0), pixels - 1),
  );
}
