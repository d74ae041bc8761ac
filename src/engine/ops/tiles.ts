/** Cutting images into square tiles, with and without the pixels around them, and putting them together again. */
import type { GraphWriter } from '../onnx/writer.js';
import { defineOp, type OpDefinition } from '../op.js';
import type { Shape, Tensor } from '../tensor.js';

/**
 * Images [N, C, H, W] in tiles. At dilation d an image is d^2 interleaved ones, each of which a kernel sees undilated;
 * a place is a tile of any of them.
 */
export interface Tiling {
  readonly image: Shape;
  readonly dilation: number;
  /** Pixels along the side of a tile. */
  readonly tile: number;
}

function geometry({ image: [n, c, h, w], dilation: d, tile }: Tiling) {
  const [height, width] = [Math.ceil(h / d), Math.ceil(w / d)]; // of one interleaved image
  const [rows, columns] = [Math.ceil(height / tile), Math.ceil(width / tile)];
  const images = c * n * d * d;
  return { n, c, h, w, d, tile, height, width, rows, columns, images, places: n * d * d * rows * columns };
}
type Geometry = ReturnType<typeof geometry>;

/** Tiles of all images of a tiling. */
export const placesOf = (tiling: Tiling): number => geometry(tiling).places;

/** Pixels that a 3x3 kernel sees beyond a tile, along an axis. */
const BORDER = 2;

/** Where a window's pixels lie, (row, column), in the order in which `windows` lists them. */
export function windowPixels(tile: number): (readonly [number, number])[] {
  const parts = [0, tile].map((from) => Array.from({ length: from ? BORDER : tile }, (_, i) => from + i));
  return parts.flatMap((columns) => parts.flatMap((rows) => rows.flatMap((r) => columns.map((s) => [r, s] as const))));
}

/** A linear op and its transpose, each the gradient of the other. */
function transposes(
  [name, yields, emit]: readonly [string, (g: Geometry) => Shape, Emit],
  [nameBack, yieldsBack, emitBack]: readonly [string, (g: Geometry) => Shape, Emit],
) {
  const define = (
    title: string,
    shape: (g: Geometry) => Shape,
    write: Emit,
    back: () => (x: Tensor, t: Tiling) => Tensor,
  ) => {
    const definition: OpDefinition<Tiling> = {
      name: title,
      infer: (_, tiling) => ({ shape: shape(geometry(tiling)), dtype: 'float32' }),
      gradient: ({ attributes, gradient }) => [back()(gradient, attributes)],
      emit: ({ writer, inputs: [x], outputs: [y], attributes }) => write(writer, x, y, geometry(attributes)),
    };
    const op = defineOp(definition);
    return (x: Tensor, tiling: Tiling): Tensor => op([x], tiling)[0];
  };
  const there: (x: Tensor, t: Tiling) => Tensor = define(name, yields, emit, () => back);
  const back: (x: Tensor, t: Tiling) => Tensor = define(nameBack, yieldsBack, emitBack, () => there);
  return [there, back] as const;
}
type Emit = (writer: GraphWriter, input: string, output: string, g: Geometry) => void;

const imageShape = ({ n, c, h, w }: Geometry): Shape => [n, c, h, w];

/**
 * `windows`: images -> [(tile + 2)^2, C, places], the pixels of each tile and around it; 0 beyond the image.
 * `addWindows`: its transpose, which adds overlapping windows up.
 */
export const [windows, addWindows] = transposes(
  [
    'windows',
    ({ c, places, tile }) => [(tile + BORDER) ** 2, c, places],
    (writer, x, y, g) => {
      const planes = spaceToDepth(writer, interleaved(writer, x, g), g, 1);
      const parts = corners(g).map(({ sizes: [u, v], at: [i, j] }) => {
        const part = writer.value('Slice', [
          planes,
          writer.int64s([0, 0, i, j]),
          writer.int64s([u, v, i + g.rows, j + g.columns]),
          writer.int64s([0, 1, 3, 4]),
        ]);
        return writer.reshape(part, [u * v, g.c, g.places]);
      });
      writer.node('Concat', parts, [y], { axis: 0 });
    },
  ],
  [
    'addWindows',
    imageShape,
    (writer, x, y, g) => {
      let from = 0;
      const parts = corners(g).map(({ sizes: [u, v], at: [i, j] }) => {
        const part = writer.value('Slice', [
          x,
          writer.int64s([from]),
          writer.int64s([from + u * v]),
          writer.int64s([0]),
        ]);
        from += u * v;
        const shaped = writer.reshape(part, [u, v, g.images, g.rows, g.columns]);
        const after = [g.tile - u, g.tile - v, 0, 1 - i, 1 - j];
        return writer.value('Pad', [shaped, writer.int64s([0, 0, 0, i, j, ...after]), writer.scalar(0)]);
      });
      const planes = writer.value('Sum', parts);
      fromInterleaved(writer, depthToSpace(writer, planes, g, 1), y, g);
    },
  ],
);

/**
 * `tiles`: images -> [tile^2, C, places], the pixels of each tile; 0 beyond the image.
 * `joinTiles`: its transpose, which drops what lies beyond the image.
 */
export const [tiles, joinTiles] = transposes(
  [
    'tiles',
    ({ c, places, tile }) => [tile ** 2, c, places],
    (writer, x, y, g) => {
      const planes = spaceToDepth(writer, interleaved(writer, x, g), g, 0);
      writer.reshape(planes, [g.tile ** 2, g.c, g.places], y);
    },
  ],
  ['joinTiles', imageShape, (writer, x, y, g) => fromInterleaved(writer, depthToSpace(writer, x, g, 0), y, g)],
);

/** The parts of a window in its own tile and in the tiles to the right and below: their sizes, and which tile. */
const corners = ({ tile }: Geometry) =>
  [0, 1].flatMap((j) => [0, 1].map((i) => ({ sizes: [i ? BORDER : tile, j ? BORDER : tile], at: [i, j] })));

/** Images as [1, C N d^2, height, width]: channels first, so that all tiles of a channel lie side by side. */
function interleaved(writer: GraphWriter, x: string, { n, c, h, w, d, height, width, images }: Geometry): string {
  let y = x;
  if (d > 1) {
    const missing = [0, 0, 0, 0, 0, 0, height * d - h, width * d - w];
    if (height * d > h || width * d > w) y = writer.value('Pad', [y, writer.int64s(missing), writer.scalar(0)]);
    y = writer.value('SpaceToDepth', [y], { blocksize: d });
  }
  if (n > 1 || d > 1) {
    y = writer.reshape(y, [n, d * d, c, height * width]);
    y = writer.value('Transpose', [y], { perm: [2, 0, 1, 3] });
  }
  return writer.reshape(y, [1, images, height, width]);
}

function fromInterleaved(writer: GraphWriter, x: string, output: string, g: Geometry): void {
  const { n, c, h, w, d, height, width } = g;
  if (n === 1 && d === 1) {
    writer.reshape(x, [n, c, h, w], output);
    return;
  }
  const split = writer.reshape(x, [c, n, d * d, height * width]);
  const ordered = writer.value('Transpose', [split], { perm: [1, 2, 0, 3] });
  const maps = writer.reshape(ordered, [n, d * d * c, height, width]);
  if (d === 1) writer.node('Identity', [maps], [output]);
  else {
    const whole = writer.value('DepthToSpace', [maps], { blocksize: d });
    writer.node('Slice', [whole, writer.int64s([0, 0]), writer.int64s([h, w]), writer.int64s([2, 3])], [output]);
  }
}

/** [1, images, height, width] -> [tile, tile, images, rows + margin, columns + margin], the image moved by the margin. */
function spaceToDepth(writer: GraphWriter, x: string, g: Geometry, margin: 0 | 1): string {
  const [rows, columns] = [g.rows + margin, g.columns + margin];
  const [below, right] = [g.tile * rows - margin - g.height, g.tile * columns - margin - g.width];
  const whole =
    margin + below + right === 0
      ? x
      : writer.value('Pad', [x, writer.int64s([0, 0, margin, margin, 0, 0, below, right]), writer.scalar(0)]);
  const planes = writer.value('SpaceToDepth', [whole], { blocksize: g.tile });
  return writer.reshape(planes, [g.tile, g.tile, g.images, rows, columns]);
}

/** The transpose of `spaceToDepth`. */
function depthToSpace(writer: GraphWriter, x: string, g: Geometry, margin: 0 | 1): string {
  const [rows, columns] = [g.rows + margin, g.columns + margin];
  const planes = writer.reshape(x, [1, g.tile ** 2 * g.images, rows, columns]);
  const whole = writer.value('DepthToSpace', [planes], { blocksize: g.tile });
  if (margin === 0 && g.tile * rows === g.height && g.tile * columns === g.width) return whole;
  const [start, end] = [writer.int64s([margin, margin]), writer.int64s([margin + g.height, margin + g.width])];
  return writer.value('Slice', [whole, start, end, writer.int64s([2, 3])]);
}
