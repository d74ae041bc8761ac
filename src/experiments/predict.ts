/** A run's answers about image files. */
import { existsSync, statSync } from 'node:fs';
import { basename, extname, join, relative } from 'node:path';
import sharp from 'sharp';
import { glob } from 'tinyglobby';
import { encodeGreyPng, encodePng, readImage } from '../data/image.js';
import { NddrError } from '../errors.js';
import { writeWhole } from '../files.js';
import { encodeNpy } from '../npy.js';
import type { Image, Raster } from '../tasks/raster.js';
import type { Task, Telling } from '../tasks/task.js';
import type { Predictor } from '../train/predictor.js';
import { openPredictor } from './judge.js';
import type { Which } from './weights.js';

const IMAGES = '*.{jpg,jpeg,png,webp,tif,tiff,gif,avif,JPG,JPEG,PNG}';

/** The longer side of what the network sees, unless told. */
export const LONGEST_PIXELS = 1280;

export interface PredictOptions {
  readonly path: string;
  /** Image files, folders or patterns. */
  readonly inputs: readonly string[];
  readonly out: string;
  /** The best weights by default. */
  readonly which?: Which;
  /** Also write every answer as it is, float32, in a `.npy` file. */
  readonly npy?: boolean;
  /** Larger images are shown to the network at this length of their longer side, and the answers enlarged again. */
  readonly longestPixels?: number;
}

export interface Predicted {
  readonly done: number;
  readonly total: number;
  readonly input: string;
  readonly files: readonly string[];
  /** What is answered about the image as a whole, by task, in a line of words each. */
  readonly told: Readonly<Record<string, string>>;
}

/** An image file, and what its answers are called: its path below the folder or pattern that named it. */
interface Input {
  readonly file: string;
  readonly stem: string;
}

/**
 * Answers every task's question about each image: a picture, and the raw map as PNG where the picture does not say it
 * all (classes, millimetres, per cent); answers about the image as a whole as JSON and as a picture of words.
 * @throws NddrError when nothing matches, or an image cannot be read; what was written before stays
 */
export async function* predictRun(options: PredictOptions): AsyncGenerator<Predicted> {
  const inputs = await findInputs(options.inputs);
  const { which, npy = false, longestPixels = LONGEST_PIXELS } = options;
  const predictor = await openPredictor(options.path, { which });
  try {
    for (const [index, { file, stem }] of inputs.entries()) {
      const image = await readImage(file);
      const answers = await answer(predictor, image, longestPixels);
      const files: string[] = [];
      const told: Record<string, string> = {};
      for (const task of predictor.tasks) {
        const base = join(options.out, `${stem}.${task.name}`);
        const found = answers[task.name];
        const telling = task.tell?.(found);
        if (telling) {
          told[task.name] = inWords(telling);
          files.push(...(await writeTelling(task, telling, found, base, npy)));
        } else files.push(...(await writeAnswer(task, found, image, base, npy)));
      }
      yield { done: index + 1, total: inputs.length, input: file, files, told };
    }
  } finally {
    await predictor.close();
  }
}

async function findInputs(named: readonly string[]): Promise<Input[]> {
  const found: Input[] = [];
  for (const name of named) {
    const folder = existsSync(name) && statSync(name).isDirectory();
    if (existsSync(name) && !folder) {
      found.push({ file: name, stem: stemOf(basename(name)) });
      continue;
    }
    const files = folder ? await glob(`**/${IMAGES}`, { cwd: name }) : await glob(name, { expandDirectories: false });
    if (files.length === 0) {
      const what = folder ? `the folder ${name} holds no image` : `${name} is no file, and no file matches it`;
      throw new NddrError(`${what}. Name image files, folders, or a pattern in quotes.`);
    }
    for (const file of files.sort())
      found.push(folder ? { file: join(name, file), stem: stemOf(file) } : { file, stem: stemOf(relative('.', file)) });
  }
  return apart(found);
}

const stemOf = (file: string): string =>
  file.slice(0, file.length - extname(file).length).replace(/^(\.\.[/\\])+|^[/\\]+/, '');

/** Files of one stem, such as a.jpg and a.png, keep their extension in the names of their answers. */
function apart(inputs: readonly Input[]): Input[] {
  const count = new Map<string, number>();
  for (const { stem } of inputs) count.set(stem, (count.get(stem) ?? 0) + 1);
  return inputs.map(({ file, stem }) =>
    count.get(stem) === 1 ? { file, stem } : { file, stem: stem + extname(file) },
  );
}

async function answer(predictor: Predictor, image: Image, longestPixels: number) {
  const scale = Math.min(1, longestPixels / Math.max(image.width, image.height));
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  const shown = scale < 1 ? await resized(image, width, height) : image;
  return predictor.answerImage(shown);
}

const resized = async ({ data, width, height }: Image, w: number, h: number): Promise<Image> => ({
  width: w,
  height: h,
  data: await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(w, h, { fit: 'fill' })
    .raw()
    .toBuffer(),
});

/** The lines that matter most, in one. */
const inWords = ({ lines }: Telling): string =>
  lines
    .slice(0, 3)
    .map(({ text, note }) => (note === undefined ? text : `${text} ${note}`))
    .join(', ');

async function writeTelling(task: Task, { value }: Telling, found: Raster, base: string, npy: boolean) {
  const files: (readonly [string, (Uint8Array | string)[]])[] = [
    [`${base}.json`, [`${JSON.stringify(value, null, 2)}\n`]],
    [`${base}.png`, [await encodePng(task.picture(found))]],
  ];
  if (npy) files.push([`${base}.npy`, encodeNpy({ shape: [found.channels], data: found.data })]);
  for (const [path, chunks] of files) await writeWhole(path, chunks);
  return files.map(([path]) => path);
}

async function writeAnswer(task: Task, found: Raster, { width, height }: Image, base: string, npy: boolean) {
  const map = enlarged(found, width, height);
  const files = [[`${base}.png`, [await encodePng(task.picture(map))]] as const];
  const raw = task.raw?.(map);
  const extra: (readonly [string, Uint8Array[]])[] = [];
  if (raw) extra.push([`${base}.${raw.unit}.png`, [encodeGreyPng({ width, height, data: raw.data })]]);
  if (npy) extra.push([`${base}.npy`, encodeNpy({ shape: [map.channels, height, width], data: map.data })]);
  const all = [...files, ...extra];
  for (const [path, chunks] of all) await writeWhole(path, chunks);
  return all.map(([path]) => path);
}

/** Every pixel takes the answer of the nearest one. */
function enlarged(map: Raster, width: number, height: number): Raster {
  if (map.width === width && map.height === height) return map;
  const data = new Float32Array(map.channels * height * width);
  let at = 0;
  for (let c = 0; c < map.channels; c++) {
    for (let y = 0; y < height; y++) {
      const row = (c * map.height + Math.floor((y * map.height) / height)) * map.width;
      for (let x = 0; x < width; x++) data[at++] = map.data[row + Math.floor((x * map.width) / width)];
    }
  }
  return { channels: map.channels, height, width, data };
}
