/** Answers one request: from the bytes of an image to a body of JSON. */
import { decodePhoto, encodeGreyPng, encodePng } from '../data/image.js';
import { type Answering, answerAnySize } from '../experiments/prediction/answer.js';
import { type Drawn, drawAnswers, type Told, tellAnswers } from '../experiments/prediction/drawn.js';
import type { Image, Raster, Size } from '../tasks/raster.js';
import type { Task } from '../tasks/task.js';
import type { Job, ServedModel, ServedTask } from './messages.js';
import type { ServedModelOptions } from './settings.js';

/** What to call the body of a request in messages. */
export const BODY = 'the body';

/** A message that names the body first, as a sentence: `The body is not an image ...`, `The image is cut short ...`. */
export function aboutBody(message: string): string {
  const said = message.startsWith(`${BODY}: `)
    ? message.slice(BODY.length + 2).replace(/^is /, `${BODY} is `)
    : message;
  return `${said[0].toUpperCase()}${said.slice(1)}${/[.!?]$/.test(said) ? '' : '.'}`;
}

/** The most numbers of an answer with `maps=array`, which is built in memory: 128 MiB, a third more as text. */
const MOST_NUMBERS = 2 ** 25;

/** Nobody waits for the answer any more. */
export class Cancelled extends Error {}
/** The answer would be too large. */
export class TooLarge extends Error {}

export interface Open {
  readonly network: Answering;
  readonly model: ServedModel;
}

/** A picture or map in an answer. */
interface Png {
  readonly type: 'image/png';
  readonly width: number;
  readonly height: number;
  readonly base64: string;
}

/** Numbers in an answer: float32, little-endian, row by row. */
interface Numbers {
  readonly type: 'float32';
  readonly shape: readonly number[];
  readonly base64: string;
}

/** The answer of one task: its facts, and what was asked for. */
interface TaskAnswer extends ServedTask {
  readonly map?: (Png & { readonly unit: string }) | Numbers;
  readonly picture?: Png;
  /** Of an answer about the image as a whole. */
  readonly value?: Readonly<Record<string, unknown>>;
  /** The same in a line of words. */
  readonly words?: string;
}

/**
 * Answers an image.
 * @returns JSON
 * @throws NddrError when it is damaged, or too small for the network; `TooLarge`; `Cancelled`
 */
export async function answerJob(
  { network, model }: Open,
  { bytes, wanted, waited, cancelled }: Job,
  { longestPixels, large, megapixels }: Pick<ServedModelOptions, 'longestPixels' | 'large' | 'megapixels'>,
): Promise<string> {
  const flag = new Int32Array(cancelled);
  const goOn = () => {
    if (Atomics.load(flag, 0) !== 0) throw new Cancelled();
  };
  const clock = new Clock();
  const { image, info } = await decodePhoto(bytes, BODY, { megapixels, setting: '--megapixels of the server' });
  clock.lap('decode');
  const tasks = network.tasks.filter(({ name }) => wanted.tasks.includes(name));
  const part: Answering = {
    tasks,
    async answerImage(shown) {
      goOn();
      const began = performance.now();
      const answers = await network.answerImage(shown);
      clock.add('network', performance.now() - began);
      return answers;
    },
  };
  const found = await answerAnySize(part, image, { longest: longestPixels, large });
  let numbers = 0;
  const drawn = await drawAnswers(tasks, found, image, {
    pictures: (task) => wanted.pictures || (wanted.maps === 'png' && !task.raw),
    keepNumbers:
      wanted.maps === 'array'
        ? (_, count) => {
            numbers += count;
            if (numbers > MOST_NUMBERS) throw new TooLarge(tooManyNumbers(image));
          }
        : undefined,
  });
  const told = tellAnswers(tasks, found);
  const answers: Record<string, TaskAnswer> = {};
  for (const task of tasks) {
    goOn();
    const facts = model.tasks.find(({ name }) => name === task.name);
    if (!facts) throw new Error(`the model has no task ${task.name}`);
    const [pixels, whole] = [drawn.get(task), told.get(task)];
    answers[task.name] = {
      ...facts,
      ...(pixels && (await pixelParts(pixels, wanted, image))),
      ...(whole && (await wholeParts(task, whole, wanted))),
    };
  }
  const { width, height } = image;
  return JSON.stringify({
    model: { name: model.name, step: model.step },
    image: { width, height, orientation: info.orientation, pages: info.pages },
    shown: found.shown,
    tasks: answers,
    milliseconds: clock.times(waited),
  });
}

const tooManyNumbers = ({ width, height }: Size): string =>
  `maps=array of ${width}x${height} pixels would have more than ${MOST_NUMBERS} numbers. ` +
  'Ask for fewer tasks, take maps=png, or reduce the image.';

async function pixelParts(
  { picture, raw, numbers }: Drawn,
  { maps, pictures }: Job['wanted'],
  { width, height }: Size,
) {
  const drawnPng = picture && png(await encodePng(picture), picture);
  const size = { width, height };
  const map =
    maps === 'png'
      ? raw
        ? { unit: raw.unit, ...png(encodeGreyPng({ ...size, data: raw.data }), size) }
        : drawnPng && { unit: 'colours', ...drawnPng }
      : numbers && { ...arrayOf(numbers.data, [numbers.channels, height, width]) };
  return { ...(map && { map }), ...(pictures && drawnPng && { picture: drawnPng }) };
}

async function wholeParts(task: Task, { words, line, answer }: Told, { maps, pictures }: Job['wanted']) {
  const card = pictures ? task.picture(answer) : undefined;
  return {
    ...{ value: words.value, words: line },
    ...(maps === 'array' && { map: arrayOf(floatsOf(answer), [answer.channels]) }),
    ...(card && { picture: png(await encodePng(card), card) }),
  };
}

const png = (bytes: Uint8Array, { width, height }: Pick<Image, 'width' | 'height'>): Png => ({
  ...{ type: 'image/png', width, height },
  base64: base64Of(bytes),
});

const arrayOf = (data: Float32Array, shape: readonly number[]): Numbers => ({
  ...{ type: 'float32', shape },
  base64: base64Of(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
});

const floatsOf = ({ data }: Raster): Float32Array => (data instanceof Float32Array ? data : Float32Array.from(data));

const base64Of = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('base64');

/** Milliseconds of the parts of an answer. */
class Clock {
  private readonly began = performance.now();
  private readonly parts: Record<'decode' | 'network', number> = { decode: 0, network: 0 };

  lap(part: 'decode' | 'network'): void {
    this.parts[part] = performance.now() - this.began;
  }

  add(part: 'decode' | 'network', milliseconds: number): void {
    this.parts[part] += milliseconds;
  }

  times(waited: number) {
    const total = performance.now() - this.began;
    const { decode, network } = this.parts;
    const parts = { waited, decode, network, draw: total - decode - network, total: waited + total };
    return Object.fromEntries(Object.entries(parts).map(([part, value]) => [part, Math.round(10 * value) / 10]));
  }
}
