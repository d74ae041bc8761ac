/** Draws answers: pictures, raw maps, numbers and words, the same wherever they go. */
import { NddrError } from '../../errors.js';
import type { Image, Raster, Size } from '../../tasks/raster.js';
import type { AnswerWords, RawMap, Task } from '../../tasks/task.js';
import type { ImageAnswers } from './answer.js';
import type { Band } from './rasters.js';

/** Float32 [channels, height, width]. */
export interface Numbers {
  readonly channels: number;
  readonly data: Float32Array;
}

/** An answer about pixels, at the size of the image. */
export interface Drawn {
  /** Missing where it was not wanted. */
  readonly picture?: Image;
  /** Missing where the picture holds the same information. */
  raw?: RawMap;
  /** Missing where they were not wanted. */
  numbers?: Numbers;
}

export interface Drawing {
  /** Whether to draw the picture of a task; by default of every one. */
  readonly pictures?: (task: Task) => boolean;
  /** Given where numbers are kept: called with how many an answer has, before there is memory for them; may throw. */
  readonly keepNumbers?: (task: Task, count: number) => void;
}

/**
 * Draws the answers about pixels, band by band.
 * @throws NddrError when one holds what is no finite number; what `keepNumbers` throws
 */
export async function drawAnswers(
  tasks: readonly Task[],
  { bands }: ImageAnswers,
  { width, height }: Size,
  { pictures = () => true, keepNumbers }: Drawing = {},
): Promise<Map<Task, Drawn>> {
  const blank = (): Image => ({ width, height, data: new Uint8Array(3 * width * height) });
  const drawn = new Map<Task, Drawn>(
    tasks
      .filter(({ level }) => level === 'pixel')
      .map((task) => [task, { picture: pictures(task) ? blank() : undefined }]),
  );
  for await (const band of bands)
    for (const [task, answer] of drawn) draw(task, answer, band[task.name], { width, height }, keepNumbers);
  return drawn;
}

/** Draws a band of rows into an answer's picture, raw map and numbers. */
function draw(
  task: Task,
  answer: Drawn,
  { top, raster }: Band,
  { width, height }: Size,
  keepNumbers: Drawing['keepNumbers'],
): void {
  expectNumbers(task, raster);
  answer.picture?.data.set(task.picture(raster).data, 3 * top * width);
  const raw = task.raw?.(raster);
  if (raw) {
    answer.raw ??= {
      unit: raw.unit,
      data: new (raw.data instanceof Uint16Array ? Uint16Array : Uint8Array)(width * height),
    };
    answer.raw.data.set(raw.data, top * width);
  }
  if (!keepNumbers) return;
  if (!answer.numbers) {
    const count = raster.channels * height * width;
    keepNumbers(task, count);
    answer.numbers = { channels: raster.channels, data: new Float32Array(count) };
  }
  const plane = raster.height * width;
  for (let c = 0; c < raster.channels; c++)
    answer.numbers.data.set(raster.data.subarray(c * plane, (c + 1) * plane), (c * height + top) * width);
}

/** An answer about an image as a whole. */
export interface Told {
  readonly words: AnswerWords;
  /** The most important of the words, in a line. */
  readonly line: string;
  readonly answer: Raster;
}

/** The answers about the image as a whole, in words. @throws NddrError when one holds what is no finite number */
export function tellAnswers(tasks: readonly Task[], { whole }: ImageAnswers): Map<Task, Told> {
  return new Map(
    tasks.flatMap((task): [Task, Told][] => {
      const answer = whole[task.name];
      if (answer) expectNumbers(task, answer);
      const words = answer && task.inWords?.(answer);
      return words ? [[task, { words, line: firstLines(words), answer }]] : [];
    }),
  );
}

/** A network with damaged weights answers NaN, which would be drawn like any other value. */
function expectNumbers({ name }: Task, { data }: Raster): void {
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i])) continue;
    throw new NddrError(
      `the answer of ${name} holds ${data[i]}, which is no number to show: the weights of the model are damaged, or ` +
        'numbers grew beyond float32. Train or export it again.',
    );
  }
}

const firstLines = ({ lines }: AnswerWords): string =>
  lines
    .slice(0, 3)
    .map(({ text, note }) => (note === undefined ? text : `${text} ${note}`))
    .join(', ');
