/**
 * The client of an exported model in a web page: it opens the folder that `nddr export --web` writes, answers questions
 * about images with onnxruntime-web, and draws the answers from what the model says about itself. It needs nothing else
 * of nddr but colours, and nothing of the page.
 */
import { BLACK, type Colour, GREY, paint, viridis } from '../drawing/colours.js';
import type { Image } from '../drawing/image.js';

/** A task, as `model.json` describes it. */
export interface TaskFacts {
  readonly name: string;
  readonly kind: string;
  /** Whether the question is about every pixel or about the image as a whole. */
  readonly level: 'pixel' | 'image';
  readonly channels: number;
  readonly legend: readonly { readonly label: string; readonly colour: Colour }[];
  readonly [fact: string]: unknown;
}

/** What `model.json` says: docs/reference/exported-models.md. */
export interface Facts {
  readonly origin?: { readonly version: string; readonly run: string; readonly step: number; readonly weights: string };
  /** Sizes that are null may be any. */
  readonly input: { readonly height: number | null; readonly width: number | null; readonly least: number };
  readonly tasks: readonly TaskFacts[];
}

/** An answer, one plane a channel, rows from top to bottom; one pixel about the image as a whole. */
export interface Answer {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array;
}

/** Pixels of 8 bits, row by row: RGB, or RGBA as a canvas has them, of which the last is ignored. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

/** A line of an answer about an image as a whole: a class with its probability, or a number with its unit. */
export interface Line {
  readonly text: string;
  readonly note: string;
  /** The probability, where there is one. */
  readonly share?: number;
}

/** What is used of the module onnxruntime-web. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: object): Promise<OnnxSession>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => unknown;
}

interface OnnxSession {
  run(
    feeds: Record<string, unknown>,
  ): Promise<Readonly<Record<string, { readonly dims: readonly number[]; readonly data: unknown }>>>;
  release?(): Promise<void>;
}

/**
 * Opens the model of a folder.
 * @param folder where `model.onnx` and `model.json` lie
 * @param runtime the module onnxruntime-web, set up by the caller
 * @throws Error when one cannot be fetched or opened
 */
export async function openModel(folder: string | URL, runtime: OnnxRuntime): Promise<Model> {
  const [facts, bytes] = await Promise.all([fetched(folder, 'model.json'), fetched(folder, 'model.onnx')]);
  const session = await runtime.InferenceSession.create(new Uint8Array(bytes), { executionProviders: ['wasm'] });
  return new Model(JSON.parse(new TextDecoder().decode(facts)), session, runtime);
}

async function fetched(folder: string | URL, name: string): Promise<ArrayBuffer> {
  const response = await fetch(new URL(name, folder));
  if (response.ok) return response.arrayBuffer();
  throw new Error(`${name} cannot be fetched: ${response.status} ${response.statusText}. Serve the whole folder.`);
}

/** A model that answers. */
export class Model {
  constructor(
    readonly facts: Facts,
    private readonly session: OnnxSession,
    private readonly runtime: OnnxRuntime,
  ) {}

  get tasks(): readonly TaskFacts[] {
    return this.facts.tasks;
  }

  /**
   * Answers every task's question about one image.
   * @throws Error when the model does not take images of this size
   */
  async answer(image: Pixels): Promise<Record<string, Answer>> {
    const { height, width } = image;
    const refusal = refusalOf(this.facts, image);
    if (refusal) throw new Error(refusal);
    const feed = new this.runtime.Tensor('float32', planesOf(image), [1, 3, height, width]);
    const outputs = await this.session.run({ image: feed });
    return Object.fromEntries(
      this.tasks.map(({ name }) => {
        const { dims, data } = outputs[name];
        return [name, { channels: dims[1], height: dims[2], width: dims[3], data: data as Float32Array }];
      }),
    );
  }

  async close(): Promise<void> {
    await this.session.release?.();
  }
}

/** Why a model does not take an image; undefined where it does. */
export function refusalOf({ input }: Facts, { height, width }: { height: number; width: number }): string | undefined {
  if ((input.height ?? height) !== height || (input.width ?? width) !== width)
    return `The model takes images of ${input.width ?? 'any'}x${input.height ?? 'any'} pixels; this one has ${width}x${height}.`;
  if (Math.min(height, width) >= input.least) return undefined;
  return `The model takes images of ${input.least} pixels a side or more; this one has ${width}x${height}.`;
}

/** The planes of red, green and blue, 0..255. */
function planesOf({ width, height, data }: Pixels): Float32Array {
  const plane = width * height;
  const step = data.length / plane;
  const planes = new Float32Array(3 * plane);
  for (let c = 0; c < 3; c++) for (let i = 0; i < plane; i++) planes[c * plane + i] = data[step * i + c];
  return planes;
}

/** The colour of pixel i of an answer. */
type Painter = (task: TaskFacts, answer: Answer) => (pixel: number) => Colour;

const classColours: Painter = ({ legend }, { channels, height, width, data }) => {
  const plane = height * width;
  return (pixel) => {
    let best = 0;
    for (let c = 1; c < channels; c++) if (data[c * plane + pixel] > data[best * plane + pixel]) best = c;
    return legend[best].colour;
  };
};

const shades: Painter =
  (_, { data }) =>
  (pixel) => {
    const grey = Math.round(255 * data[pixel]);
    return data[pixel] > 1 ? GREY : [grey, grey, grey];
  };

const depths: Painter = ({ rangeMetres }, { data }) => {
  const [near, far] = rangeMetres as readonly [number, number];
  return (pixel) => (data[pixel] > 0 ? viridis(1 - Math.log(data[pixel] / near) / Math.log(far / near)) : BLACK);
};

const directions: Painter = (_, { height, width, data }) => {
  const plane = height * width;
  const channel = (v: number) => Math.min(Math.max(Math.round((v + 1) * 127.5), 0), 255);
  return (pixel) => {
    const [x, y, z] = [data[pixel], data[pixel + plane], data[pixel + 2 * plane]];
    return x === 0 && y === 0 && z === 0 ? BLACK : [channel(x), channel(y), channel(z)];
  };
};

/** How answers about pixels are painted, by the kind of the task. */
const painters: Readonly<Record<string, Painter>> = {
  segmentation: classColours,
  parts: classColours,
  boundaries: shades,
  saliency: shades,
  depth: depths,
  normals: directions,
};

/** The picture of an answer about pixels, RGB. @throws Error for a kind of task that this client does not know */
export function pictureOf(task: TaskFacts, answer: Answer): Image {
  const painter = painters[task.kind];
  if (!painter) throw new Error(`"${task.name}" is of the kind ${task.kind}, which this client cannot draw.`);
  return paint(answer.width, answer.height, painter(task, answer));
}

/** An answer about the image as a whole in words, the most important first. */
export function wordsOf({ classes, names, unit }: TaskFacts, { data }: Answer): Line[] {
  if (!Array.isArray(classes))
    return (names as readonly string[]).map((text, k) => ({
      text,
      note: `${Number(data[k].toPrecision(4))} ${unit}`.trimEnd(),
    }));
  return (classes as readonly string[])
    .map((text, c) => ({ text, note: `${Math.round(100 * data[c])} %`, share: data[c] }))
    .sort((a, b) => b.share - a.share);
}
