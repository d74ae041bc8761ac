/** Prediction: the answers of a run or a model file about image files. */
import { join, resolve } from 'node:path';
import { encodeGreyPng, encodePng, readPhoto } from '../data/image.js';
import { NddrError } from '../errors.js';
import { writeWhole } from '../files.js';
import { encodeNpy } from '../npy.js';
import type { Image } from '../tasks/raster.js';
import type { Task } from '../tasks/task.js';
import type { Views } from '../train/views.js';
import { type OpenModelOptions, openModel } from './model.js';
import { type Answering, answerAnySize, type ImageAnswers, type Large, type Shown } from './prediction/answer.js';
import { answeredTogether, overViews } from './prediction/answering.js';
import { drawAnswers, type Told, tellAnswers } from './prediction/drawn.js';
import { findInputs, type Input } from './prediction/inputs.js';
import { LEAST_TILE } from './prediction/tiles.js';

/** The default of `longestPixels`. */
export const LONGEST_PIXELS = 1280;

export interface PredictOptions extends Omit<OpenModelOptions, 'threads'> {
  /** The folder of a run, or a model file. */
  readonly path: string;
  /** Image files, folders or patterns. */
  readonly inputs: readonly string[];
  readonly out: string;
  /** How many images of one size are answered at once; 1 by default. */
  readonly batch?: number;
  /** Answers are means over these views, one by one. Without it the image alone is answered. */
  readonly views?: Views;
  /** Also write the numbers of every answer, float32, as a `.npy` file. */
  readonly npy?: boolean;
  /** The longest side of an image that the network is given at once, 64 pixels or more; 1280 by default. */
  readonly longestPixels?: number;
  /**
   * What happens to a larger image: `tiles` (default) answers it in overlapping tiles at full resolution; `reduce`
   * answers the reduced image and enlarges the answers. Questions about the image as a whole are always answered on
   * the reduced image.
   */
  readonly large?: Large;
  /** Once aborted, the current image is finished and the rest is not answered. */
  readonly signal?: AbortSignal;
}

interface Counted {
  /** Images answered or failed so far, this one included. */
  readonly done: number;
  readonly total: number;
}

export type PredictEvent =
  /** The images were found. `notes`: sentences on files that will not be answered. */
  | ({ readonly type: 'found'; readonly notes: readonly string[] } & Counted)
  | Predicted
  /** An image could not be answered; the others follow. */
  | ({ readonly type: 'failed'; readonly input: string; readonly reason: string } & Counted)
  | ({ readonly type: 'stopped' } & Counted);

export interface Predicted extends Counted {
  readonly type: 'answered';
  readonly input: string;
  readonly files: readonly string[];
  /** Answers about the image as a whole, by task, in a line of words each. */
  readonly words: Readonly<Record<string, string>>;
  readonly shown: Shown;
  /** Pages or frames of the file; only the first is answered. */
  readonly pages: number;
}

type File = readonly [path: string, chunks: readonly (Uint8Array | string)[]];

/**
 * Answers every task's question about each image, and writes the answers: a picture, and a PNG of the raw map where the
 * picture does not hold all of it (classes, millimetres, per cent); for answers about the image as a whole a JSON file
 * and a picture of words. The files of an image are written once all its answers are known.
 * @throws NddrError when no image matches, or an answer cannot be written
 */
export async function* predictRun(options: PredictOptions): AsyncGenerator<PredictEvent> {
  const { npy = false, longestPixels = LONGEST_PIXELS, large = 'tiles', batch = 1, views, signal } = options;
  if (longestPixels < LEAST_TILE)
    throw new NddrError(`The longest side is ${longestPixels} pixels; it must be ${LEAST_TILE} or more.`);
  if (views && batch > 1)
    throw new NddrError(
      `The views of an image are answered one by one: leave out --batch ${batch}, or --scales and --flip.`,
    );
  const { inputs, notes } = await findInputs(options.inputs, options.out);
  const { predictor, swap } = await openModel(options.path, options);
  const total = inputs.length;
  const written = new Map<string, string>();
  const inputPaths = new Set(inputs.map(({ file }) => resolve(file)));
  try {
    yield { type: 'found', done: 0, total, notes };
    for (let from = 0; from < total; from += batch) {
      const read: (Photo | Failure)[] = [];
      for (const input of inputs.slice(from, from + batch)) read.push(await readInput(input));
      const images = read.flatMap((one) => ('photo' in one ? [one.photo.image] : []));
      const network = views
        ? overViews(predictor, { swap, ...views })
        : await answeredTogether(predictor, images, longestPixels);
      for (const [i, one] of read.entries()) {
        const index = from + i;
        if (signal?.aborted) {
          yield { type: 'stopped', done: index, total };
          return;
        }
        const { input } = one;
        const counted = { done: index + 1, total, input: input.file };
        const found = 'reason' in one ? one : await answered(network, one, { ...options, npy, longestPixels, large });
        const clash = 'files' in found && found.files.find(([path]) => written.has(path.toLowerCase()));
        const lost = 'files' in found && found.files.find(([path]) => inputPaths.has(resolve(path)));
        if ('reason' in found) yield { type: 'failed', ...counted, reason: found.reason };
        else if (clash) {
          const reason = `${input.file}: ${clash[0]} holds an answer about ${written.get(clash[0].toLowerCase())}. Answer it by itself, into another folder.`;
          yield { type: 'failed', ...counted, reason };
        } else if (lost) {
          const reason = `${input.file}: its answer would replace ${lost[0]}, which is one of the images. Choose another folder with --out.`;
          yield { type: 'failed', ...counted, reason };
        } else {
          for (const [path, chunks] of found.files) await writeWhole(path, chunks);
          for (const [path] of found.files) written.set(path.toLowerCase(), input.file);
          const { files, input: _, ...more } = found;
          yield { type: 'answered', ...counted, files: files.map(([path]) => path), ...more };
        }
      }
    }
  } finally {
    await predictor.close();
  }
}

interface Photo {
  readonly input: Input;
  readonly photo: Awaited<ReturnType<typeof readPhoto>>;
}

/** Why an image has no answer. */
interface Failure {
  readonly input: Input;
  readonly reason: string;
}

/** The failure of one image, also that it is too large for the memory: it does not end the others. */
function failure(input: Input, error: unknown): Failure {
  const message = (error as Error).message.split('\n')[0];
  const what = error instanceof NddrError ? message : `cannot be answered (${message}).`;
  return { input, reason: what.startsWith(input.file) ? what : `${input.file}: ${what}` };
}

async function readInput(input: Input): Promise<Photo | Failure> {
  try {
    return { input, photo: await readPhoto(input.file) };
  } catch (error) {
    return failure(input, error);
  }
}

type Settings = Pick<PredictOptions, 'out'> & Required<Pick<PredictOptions, 'npy' | 'longestPixels' | 'large'>>;
type Answered = Pick<Predicted, 'words' | 'shown' | 'pages'> & {
  readonly input: Input;
  readonly files: readonly File[];
};

/** The files and facts of an image's answers, or the reason why there are none. */
async function answered(
  network: Answering,
  { input, photo: { image, info } }: Photo,
  { out, npy, longestPixels, large }: Settings,
): Promise<Answered | Failure> {
  try {
    const found = await answerAnySize(network, image, { longest: longestPixels, large });
    const baseOf = (task: Task) => join(out, `${input.stem}.${task.name}`);
    const files = await filesOfPixels(network.tasks, found, image, { baseOf, npy });
    const words: Record<string, string> = {};
    for (const [task, told] of tellAnswers(network.tasks, found)) {
      words[task.name] = told.line;
      files.push(...(await filesOfWholeImage(task, told, baseOf(task), npy)));
    }
    return { input, files, words, shown: found.shown, pages: info.pages };
  } catch (error) {
    return failure(input, error);
  }
}

/** The files of an answer about an image as a whole: its value as JSON, a picture of words, and its numbers. */
async function filesOfWholeImage(task: Task, { words, answer }: Told, base: string, npy: boolean) {
  const files: File[] = [
    [`${base}.json`, [`${JSON.stringify(words.value, null, 2)}\n`]],
    [`${base}.png`, [await encodePng(task.picture(answer))]],
  ];
  if (npy) files.push([`${base}.npy`, encodeNpy({ shape: [answer.channels], data: answer.data })]);
  return files;
}

/** The most numbers of an answer for a `.npy` file, which is built in memory: 2 GiB. */
const MOST_NUMBERS = 2 ** 29;

async function filesOfPixels(
  tasks: readonly Task[],
  answers: ImageAnswers,
  { width, height }: Image,
  { baseOf, npy }: { readonly baseOf: (task: Task) => string; readonly npy: boolean },
): Promise<File[]> {
  const keepNumbers = ({ name }: Task, count: number) => {
    if (count > MOST_NUMBERS)
      throw new NddrError(`${name} of ${width}x${height} pixels is too large for a .npy file. Leave --npy out.`);
  };
  const drawn = await drawAnswers(tasks, answers, { width, height }, npy ? { keepNumbers } : {});
  const files: File[] = [];
  for (const [task, { picture, raw, numbers }] of drawn) {
    const base = baseOf(task);
    if (picture) files.push([`${base}.png`, [await encodePng(picture)]]);
    if (raw) files.push([`${base}.${raw.unit}.png`, [encodeGreyPng({ width, height, data: raw.data })]]);
    if (numbers)
      files.push([`${base}.npy`, encodeNpy({ shape: [numbers.channels, height, width], data: numbers.data })]);
  }
  return files;
}
