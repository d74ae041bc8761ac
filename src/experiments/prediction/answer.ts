/** Answers about one image of any size. */
import sharp from 'sharp';
import { resizedMap } from '../../tasks/bilinear.js';
import type { Image, Raster, Size } from '../../tasks/raster.js';
import type { Task } from '../../tasks/task.js';
import { addWeighted, type Band, emptyRaster, partOf, rowsOf } from './rasters.js';
import { blendWeights, spansOf } from './tiles.js';

/** The part of `Predictor` that answers images. */
export interface Answering {
  readonly tasks: readonly Task[];
  /** A height and a width are given where the network takes no other. */
  readonly sizes?: { readonly height: number | null; readonly width: number | null };
  answerImage(image: Image): Promise<Record<string, Raster>>;
}

/** How an image was given to the network. */
export type Shown =
  | { readonly kind: 'whole' }
  | { readonly kind: 'tiles'; readonly count: number }
  /** `resized`: to the one size that the network takes. */
  | { readonly kind: 'reduced' | 'resized'; readonly width: number; readonly height: number };

/** How an image is answered whose longer side is too long. */
export type Large = 'tiles' | 'reduce';

type Bands = Readonly<Record<string, Band>>;

/** The answers to one image. */
export interface ImageAnswers {
  readonly shown: Shown;
  /** Answers about the image as a whole, by task name. */
  readonly whole: Readonly<Record<string, Raster>>;
  /** Answers about pixels, at the size of the image: bands of rows from top to bottom, by task name. */
  readonly bands: Iterable<Bands> | AsyncIterable<Bands>;
}

/** Rows of a band, where answers are enlarged. */
const BAND_ROWS = 256;

/**
 * Answers an image. One whose longer side is at most `longest` is answered at once. A larger one is answered in tiles
 * of that size, which overlap and are blended, or it is reduced to that size and the answers are enlarged. Questions
 * about the image as a whole are always answered on the reduced image. Where the network takes one size only, every
 * image is resized to it, and the answers back.
 */
export async function answerAnySize(
  network: Answering,
  image: Image,
  { longest, large }: { readonly longest: number; readonly large: Large },
): Promise<ImageAnswers> {
  const { height, width } = image;
  const pixelTasks = network.tasks.filter(({ level }) => level === 'pixel');
  const ofLevel = (answers: Readonly<Record<string, Raster>>, level: Task['level']) =>
    Object.fromEntries(
      network.tasks.flatMap((task) => (task.level === level ? [[task.name, answers[task.name]]] : [])),
    );
  const resizedAnswers = async (kind: 'reduced' | 'resized', small: Size): Promise<ImageAnswers> => {
    const answers = await network.answerImage(await resized(image, small));
    const scale = Math.sqrt((small.width * small.height) / (width * height));
    for (const task of pixelTasks) undoScale(task, answers[task.name], scale);
    const bands = enlarged(pixelTasks, ofLevel(answers, 'pixel'), image);
    return { shown: { kind, ...small }, whole: ofLevel(answers, 'image'), bands };
  };
  const only = { height: network.sizes?.height ?? height, width: network.sizes?.width ?? width };
  if (only.height !== height || only.width !== width) return resizedAnswers('resized', only);
  const isFixed = network.sizes?.height === height && network.sizes.width === width;
  if (isFixed || Math.max(height, width) <= longest) {
    const answers = await network.answerImage(image);
    const bands = [mapped(ofLevel(answers, 'pixel'), (raster) => ({ top: 0, raster }))];
    return { shown: { kind: 'whole' }, whole: ofLevel(answers, 'image'), bands };
  }
  const scale = longest / Math.max(height, width);
  const small = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  if (large === 'reduce' || pixelTasks.length === 0) return resizedAnswers('reduced', small);
  const grid = { rows: spansOf(height, longest), columns: spansOf(width, longest) };
  const whole =
    pixelTasks.length < network.tasks.length
      ? ofLevel(await network.answerImage(await resized(image, small)), 'image')
      : {};
  return {
    shown: { kind: 'tiles', count: grid.rows.length * grid.columns.length },
    whole,
    bands: tiled(network, pixelTasks, image, longest),
  };
}

/**
 * Turns an answer to an image that was resized by `scale` into one to the image itself, in place: it undoes what
 * training does to the labels of resized images (depth is divided by the scale).
 */
function undoScale(task: Task, answer: Raster, scale: number): void {
  if (answer.channels === task.label.channels) task.label.scaled?.(answer, 1 / scale);
}

/** Enlarges answers band by band. */
function* enlarged(tasks: readonly Task[], answers: Readonly<Record<string, Raster>>, size: Image) {
  for (let top = 0; top < size.height; top += BAND_ROWS) {
    const rows = Math.min(BAND_ROWS, size.height - top);
    yield bandsOf(tasks, top, (name) => resizedMap(answers[name], size, top, rows));
  }
}

/** Answers a row of tiles after the other, and yields the rows of pixels that no later tile overlaps. */
async function* tiled(network: Answering, tasks: readonly Task[], image: Image, tile: number) {
  const [rows, columns] = [spansOf(image.height, tile), spansOf(image.width, tile)];
  const [rowWeights, columnWeights] = [blendWeights(rows, tile), blendWeights(columns, tile)];
  let sums: Record<string, Raster> = {};
  let top = 0;
  for (const [i, row] of rows.entries()) {
    const end = row.start + row.length;
    // Rows that the tiles above overlap have their sums already.
    sums = mapped(sums, (sum) => shifted(sum, row.start - top, end - row.start, image.width));
    top = row.start;
    for (const [j, column] of columns.entries()) {
      const answers = await network.answerImage(partOf(image, row.start, column.start, row.length, column.length));
      for (const { name } of tasks) {
        sums[name] ??= emptyRaster(answers[name].channels, row.length, image.width);
        addWeighted(sums[name], answers[name], { top: 0, left: column.start }, rowWeights[i], columnWeights[j]);
      }
    }
    const done = (rows[i + 1]?.start ?? end) - row.start;
    yield bandsOf(tasks, row.start, (name) => rowsOf(sums[name], 0, done));
  }
}

/** The rows of a raster from `from` on, extended with zeros to `height` rows. */
function shifted(sum: Raster, from: number, height: number, width: number): Raster {
  const result = emptyRaster(sum.channels, height, width);
  for (let c = 0; c < sum.channels; c++) {
    const plane = sum.data.subarray(c * sum.height * width + from * width, (c + 1) * sum.height * width);
    result.data.set(plane, c * height * width);
  }
  return result;
}

/** The same rows of each task's answer. */
function bandsOf(tasks: readonly Task[], top: number, of: (task: string) => Raster): Record<string, Band> {
  return Object.fromEntries(
    tasks.map((task) => {
      const raster = of(task.name);
      task.averaged?.(raster);
      return [task.name, { top, raster }];
    }),
  );
}

const mapped = <From, To>(all: Readonly<Record<string, From>>, change: (one: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(all).map(([key, one]) => [key, change(one)]));

const resized = async ({ data, width, height }: Image, small: Size): Promise<Image> => ({
  ...small,
  data: await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(small.width, small.height, { fit: 'fill' })
    .raw()
    .toBuffer(),
});
