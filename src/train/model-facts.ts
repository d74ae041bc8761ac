/** What a model file says about itself in its metadata, enough to use it without the run that it was made of. */
import { z } from 'zod';
import { describeModel, type ModelDescription } from '../engine/index.js';
import { NddrError } from '../errors.js';
import { leastSide, type NetworkOptions } from '../network.js';
import { parseStrict } from '../schema.js';
import { isOfEveryObject, taskName } from '../tasks/name.js';
import type { Task } from '../tasks/task.js';

/** The key of the metadata whose value is `ModelFacts` as JSON. */
export const METADATA_KEY = 'nddr';
/** The form of `ModelFacts`. Files of form 1 have tasks without settings and nothing else. */
const FORMAT = 2;

/**
 * What the outputs of a model hold. `logits`: what the heads of the network give, enlarged to the image.
 * `probabilities`: what each task answers (probabilities of classes, unit vectors, metres). `decisions`: the same, with
 * the number of the most probable class, or 1 and 0, in place of probabilities.
 */
export type OutputForm = (typeof OUTPUT_FORMS)[number];
export const OUTPUT_FORMS = ['logits', 'probabilities', 'decisions'] as const;

/** The images that a model takes. A size that is null may be any. */
export interface InputSizes {
  readonly batch: number | null;
  readonly height: number | null;
  readonly width: number | null;
  /** The least length of a side where sizes may be any. */
  readonly least: number;
}

/** Sizes that are fixed in a model; those left out or null may be any. */
export type FixedSizes = Partial<Omit<InputSizes, 'least'>>;

/** Where the weights of a model come from. */
export interface Origin {
  /** The version of nddr that wrote the model. */
  readonly version: string;
  /** The name of the run. */
  readonly run: string;
  /** The step that the weights are of. */
  readonly step: number;
  readonly weights: 'best' | 'last';
}

const size = z.int().positive().nullable();
const threeNumbers = z.tuple([z.number(), z.number(), z.number()]);

const taskFacts = z.looseObject({
  // Of file names too: a name with "/" could lead out of a folder.
  name: taskName.refine((name) => !isOfEveryObject(name), 'expected a name that not every object of JavaScript has'),
  kind: z.string(),
  level: z.enum(['pixel', 'image']),
  /** Of the logits and the probabilities. */
  channels: z.int().positive(),
  /** The settings in a configuration that make this task. Missing where the task is a program's own object. */
  settings: z.looseObject({ kind: z.string() }).optional(),
  legend: z.array(z.object({ label: z.string(), colour: threeNumbers })),
});

const schema = z.looseObject({
  format: z.literal(FORMAT),
  origin: z
    .object({ version: z.string(), run: z.string(), step: z.int().min(0), weights: z.enum(['best', 'last']) })
    .optional(),
  input: z.object({
    name: z.literal('image'),
    type: z.literal('float32'),
    layout: z.literal('NCHW'),
    colours: z.literal('RGB'),
    range: z.tuple([z.literal(0), z.literal(255)]),
    ...{ batch: size, height: size, width: size },
    least: z.int().positive(),
  }),
  /** What the graph itself subtracts from the image and divides it by: for information. */
  normalisation: z.object({ mean: threeNumbers, deviation: threeNumbers }),
  outputs: z.enum(OUTPUT_FORMS),
  tasks: z
    .array(taskFacts)
    .min(1)
    .refine((tasks) => new Set(tasks.map(({ name }) => name)).size === tasks.length, 'expected names that differ'),
});

/**
 * What a program needs to use an exported model and to interpret its answers; stored as JSON in its metadata, under
 * `nddr`. A task's facts also hold what its kind describes, such as `classes`, `unit` and `axes`.
 */
export type ModelFacts = z.output<typeof schema>;
export type TaskFacts = ModelFacts['tasks'][number];

const factsOfTask = ({ name, kind, level, channels, settings, legend, describe }: Task): TaskFacts => ({
  ...describe,
  ...{ name, kind, level, channels, settings },
  legend: legend.map(({ label, colour: [r, g, b] }) => ({ label, colour: [r, g, b] })),
});

/** What to write into the metadata of a model of this network. */
export function factsOf(
  network: NetworkOptions,
  {
    outputs,
    origin,
    fixed = {},
  }: { readonly outputs: OutputForm; readonly origin?: Origin; readonly fixed?: FixedSizes },
): ModelFacts {
  const { mean, deviation } = network.normalisation;
  const { batch = null, height = null, width = null } = fixed;
  return {
    format: FORMAT,
    ...(origin && { origin }),
    input: {
      ...{ name: 'image', type: 'float32', layout: 'NCHW', colours: 'RGB', range: [0, 255] },
      ...{ batch, height, width },
      least: leastSide(network),
    },
    normalisation: { mean: [mean[0], mean[1], mean[2]], deviation: [deviation[0], deviation[1], deviation[2]] },
    outputs,
    tasks: network.tasks.map(factsOfTask),
  };
}

/**
 * What an ONNX model says about itself.
 * @param path for messages
 * @throws NddrError when the bytes are no ONNX model
 */
export function readDescription(model: Uint8Array, path = 'the model'): ModelDescription {
  if (model.length === 0) throw new NddrError(`${path}: the file is empty. Export it again.`);
  try {
    return describeModel(model);
  } catch (error) {
    throw new NddrError(`${path}: is no ONNX model, or a damaged one (${(error as Error).message}). Export it again.`);
  }
}

/**
 * The facts in an exported model.
 * @param model the bytes of the ONNX file, or what it says about itself
 * @param path for messages
 * @throws NddrError when it is no ONNX model, or one that nddr did not export
 */
export function modelFacts(model: Uint8Array | ModelDescription, path = 'the model'): ModelFacts {
  const { metadata } = model instanceof Uint8Array ? readDescription(model, path) : model;
  const text = metadata.get(METADATA_KEY);
  if (text === undefined)
    throw new NddrError(
      `${path}: its metadata has no "${METADATA_KEY}", which describes its tasks: it was not written by ` +
        '"npx nddr export", or another program left that out.',
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new NddrError(`${path}: the "${METADATA_KEY}" in its metadata is no JSON (${(error as Error).message}).`);
  }
  if (typeof value === 'object' && value !== null && !('format' in value))
    throw new NddrError(`${path}: was exported by an older version, which did not store the settings of its tasks.`);
  return parseStrict(schema, value, `${path}: "${METADATA_KEY}" in its metadata`);
}
