/** The configuration of a run: plain JSON with a published schema. How files of it are read is in `config-file.ts`. */
import { z } from 'zod';
import { backboneSchema } from '../backbones/index.js';
import type { DescriptionInput } from '../data/description.js';
import { NddrError } from '../errors.js';
import { fusionSchema } from '../fusion/index.js';
import { parseStrict, suggest } from '../schema.js';
import { definitionOf } from '../tasks/index.js';
import { optimizerSchema } from '../train/optimizers/index.js';
import { scheduleSchema } from '../train/schedule.js';
import { weightingSchema } from '../train/weighting/index.js';

const colour = z.tuple([z.number(), z.number(), z.number()]);
const count = z.int().positive();

const only = z.array(z.string()).optional().describe('The labels of it that are used; all by default.');

const partSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('rooms'),
    seed: z.int().default(1).describe('Seed of the generator: each seed gives other rooms.'),
    length: z
      .record(z.string(), count)
      .default({ train: 2000, val: 200, test: 200 })
      .describe('Number of images by split.'),
    width: count.default(96).describe('Width of the images in pixels.'),
    height: count.default(96).describe('Height of the images in pixels.'),
    only,
  }),
  z.strictObject({
    kind: z.literal('folder'),
    root: z.string().describe('Folder of the images and labels; relative to the configuration file.'),
    description: z
      .custom<string | DescriptionInput>((value) => typeof value === 'string' || typeof value === 'object')
      .optional()
      .describe('The description of the folder, or the path of its file; ROOT/dataset.json by default.'),
    only,
  }),
]);

const joinSchema = z.strictObject({
  kind: z.literal('join'),
  parts: z
    .array(partSchema)
    .min(1)
    .describe(
      'Data sets whose samples are joined, each with the settings of `data`. A label that one of them lacks is unlabelled there.',
    ),
});

const dataSchema = z.discriminatedUnion('kind', [...partSchema.options, joinSchema]);

const share = z.number().min(0).max(1).default(0);

const augmentSchema = z.strictObject({
  scale: z
    .tuple([z.number().positive(), z.number().positive()])
    .refine(([low, high]) => low <= high, 'expected the lower end first')
    .default([0.5, 1.5])
    .describe('The image is enlarged by a factor drawn evenly from this range; with [1, 1] it keeps its size.'),
  mirror: z.number().min(0).max(1).default(0.5).describe('Probability that a sample is mirrored, left to right.'),
  swap: z
    .union([z.enum(['auto', 'off']), z.array(z.tuple([z.string(), z.string()]))])
    .default('auto')
    .describe(
      'Classes that change places where a sample is mirrored, as pairs of names, such as [["left arm", "right arm"]]; ' +
        '"auto" finds names that differ in left and right (or l and r) alone, "off" leaves all as they are.',
    ),
  rotate: z
    .number()
    .min(0)
    .max(180)
    .default(0)
    .describe(
      'Largest rotation of a crop in degrees; the angle is drawn evenly from both directions, and normals are rotated too.',
    ),
  brightness: share.describe('Colours are multiplied by a factor drawn evenly from 1 - brightness to 1 + brightness.'),
  contrast: share.describe("Likewise for the difference of a colour from the crop's mean grey."),
  saturation: share.describe('Likewise for the difference of a colour from its own grey.'),
  hue: z
    .number()
    .min(0)
    .max(180)
    .default(0)
    .describe(
      'Largest rotation of colours about the grey axis in degrees; the angle is drawn evenly from both directions.',
    ),
  blur: z
    .number()
    .min(0)
    .max(20)
    .default(0)
    .describe('Crops are blurred by a Gaussian; its standard deviation in pixels is drawn evenly from 0 to this.'),
  noise: z
    .number()
    .min(0)
    .max(255)
    .default(0)
    .describe('Gaussian noise is added; its standard deviation is drawn evenly from 0 to this, where 255 is white.'),
});

const ratesSchema = z.strictObject({
  fusion: z.number().positive().default(100).describe('Fusion layers.'),
  headWeight: z.number().positive().default(10).describe("Weights of every task's last layer."),
  headBias: z.number().positive().default(20).describe("Biases of every task's last layer."),
});

const trainSchema = z.strictObject({
  split: z.string().default('train').describe('Split of the data set that is trained on.'),
  steps: count.describe('Steps of the whole training.'),
  batch: count.default(10).describe('Images a batch.'),
  accumulate: count.default(1).describe('Batches of a step. Their gradient is that of one batch of all their images.'),
  height: count.default(321).describe('Height of the crops that are trained on.'),
  width: count.default(321).describe('Width of the crops.'),
  rate: z.number().positive().default(1e-3).describe('Base learning rate.'),
  schedule: scheduleSchema.prefault({ kind: 'poly' }),
  optimizer: optimizerSchema.prefault({ kind: 'sgd' }),
  rates: ratesSchema.prefault({}).describe('Learning rates of kinds of layers, times the base rate.'),
  clip: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe('Gradients are scaled down so that the norm of all of them together is at most this.'),
  lossAt: z
    .enum(['head', 'image'])
    .default('head')
    .describe(
      'Where losses of pixels are computed. "head", as published: at the cells of the logits, with the labels at their ' +
        'centres. "image": at every pixel, to which the logits are enlarged.',
    ),
  lossWeights: z
    .record(z.string(), z.number().min(0))
    .default({})
    .describe("Fixed factor of each task's loss; 1 by default."),
  weighting: weightingSchema.prefault({ kind: 'fixed' }),
  average: z
    .number()
    .gt(0)
    .lt(1)
    .nullable()
    .default(null)
    .describe(
      'Decay of an exponential moving average of the weights, such as 0.999; the average is then evaluated and kept.',
    ),
  seed: z
    .int()
    .default(1234)
    .describe(
      'Seed of first weights, batches, augmentation and dropout: with the same seed a run repeats its numbers.',
    ),
  augment: augmentSchema.prefault({}),
  start: z
    .string()
    .nullable()
    .default(null)
    .describe(
      'A run, or a .safetensors file, whose weights of the same names are copied; those of a shared trunk to every tower.',
    ),
  calibrate: z
    .boolean()
    .default(false)
    .describe(
      'Initialise the batch norms of the fusion layers so that they leave the mixture of features unchanged. ' +
        'As published (false), they normalise it, and trained networks have to adapt first.',
    ),
  evaluateEvery: z
    .int()
    .min(0)
    .default(500)
    .describe(
      'Steps from one evaluation on `evaluate.split` to the next. 0: there are none during training, and the last ' +
        'weights count as the best.',
    ),
  patience: count
    .nullable()
    .default(null)
    .describe('Evaluations in a row without a better score after which training ends early; null: it never does.'),
  checkpointEvery: count.default(500).describe('Steps from one checkpoint to the next; the last three are kept.'),
  workers: z.int().min(0).default(1).describe('Threads that read and augment.'),
  cacheMegabytes: z.number().min(0).default(1024).describe('Memory for decoded samples, shared by all workers.'),
  threads: count.nullable().default(null).describe('Threads of an operator; all processors by default.'),
});

const evaluateSchema = z.strictObject({
  split: z
    .string()
    .default('val')
    .describe(
      'Split that chooses the best weights: it is evaluated during training, every image at full size. "held-out" is a ' +
        'part of the training split that is not trained on; it is used where the data set has no `val`.',
    ),
  holdOut: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.1)
    .describe('Part of the training split that is held out, where `split` or `report` is "held-out".'),
  report: z
    .string()
    .default('test')
    .describe(
      'Split that is evaluated once, at the end, and reported. Where the data set has no `test`, `split` is reported.',
    ),
  weights: z
    .enum(['best', 'last'])
    .default('best')
    .describe('Which weights are reported: those of the best evaluation, or the last.'),
  best: z
    .string()
    .default('score')
    .describe('The measure that picks the best weights: "score" (docs/metrics.md) or TASK.METRIC.'),
  single: z
    .record(z.string(), z.number().positive())
    .nullable()
    .default(null)
    .describe(
      'Main metric that a single-task network reaches, by task. The score is then delta_m against these, in per cent.',
    ),
});

export const configSchema = z.strictObject({
  name: z
    .string()
    .regex(/^\w[\w.-]*$/)
    .describe('The run is kept in runs/NAME.'),
  data: dataSchema,
  tasks: z
    .record(z.string().regex(/^[a-zA-Z][\w-]*$/), z.looseObject({ kind: z.string() }))
    .refine((tasks) => Object.keys(tasks).length > 0, 'at least one task is needed')
    .describe("Task name to its settings; `from` names the data set's label."),
  network: z
    .strictObject({
      backbone: backboneSchema.prefault({ kind: 'vgg16' }),
      fusion: fusionSchema.prefault({ kind: 'nddr' }),
      mean: colour.default([122.67891434, 116.66876762, 104.00698793]).describe('Subtracted from red, green, blue.'),
      deviation: z
        .tuple([z.number().positive(), z.number().positive(), z.number().positive()])
        .default([1, 1, 1])
        .describe('Red, green and blue are divided by this after the mean is subtracted.'),
      padding: z
        .enum(['symmetric', 'same'])
        .default('symmetric')
        .describe(
          'How convolutions and poolings are padded. "symmetric": equally on both sides. "same": ' +
            "TensorFlow's rule, with which the published weights were trained; it pads even sizes on one side only.",
        ),
    })
    .prefault({}),
  train: trainSchema,
  evaluate: evaluateSchema.prefault({}),
});

export type Config = z.output<typeof configSchema>;
export type ConfigInput = z.input<typeof configSchema>;

/** The JSON schema of a configuration file. */
export const configJsonSchema = (): object => z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });

/** Checks a configuration and fills in its defaults. @throws NddrError naming each wrong key and what was expected */
export function parseConfig(value: unknown, where = 'config'): Config {
  const config = parseStrict(configSchema, value, where);
  for (const [name, task] of Object.entries(config.tasks)) {
    const reason = reservedName(name);
    if (reason)
      throw new NddrError(`${where}: tasks.${name}: the name ${reason}. Call the task something else: "${name}Task".`);
    // Only the kind is checked here; the settings are, once classes and colours of the data set are filled in.
    definitionOf(name, task);
  }
  for (const task of Object.keys(config.train.lossWeights)) {
    const known = Object.keys(config.tasks);
    if (!known.includes(task))
      throw new NddrError(`${where}: train.lossWeights names "${task}"; ${suggest(task, known)}`);
  }
  if (Object.keys(config.tasks).every((task) => config.train.lossWeights[task] === 0))
    throw new NddrError(`${where}: train.lossWeights is 0 for every task: nothing would be learnt.`);
  const { single } = config.evaluate;
  if (single) {
    const [given, known] = [Object.keys(single), Object.keys(config.tasks)];
    const [odd, missing] = [given.find((task) => !known.includes(task)), known.find((task) => !given.includes(task))];
    if (odd) throw new NddrError(`${where}: evaluate.single names "${odd}"; ${suggest(odd, known)}`);
    if (missing)
      throw new NddrError(`${where}: evaluate.single lacks "${missing}": give a value for every task, or for none.`);
  }
  const { steps, schedule, patience, evaluateEvery, batch, height, width } = config.train;
  if (patience !== null && evaluateEvery === 0)
    throw new NddrError(
      `${where}: train.patience is ${patience}, but train.evaluateEvery is 0: without evaluations nothing is waited for. ` +
        'Set one of them otherwise.',
    );
  const numbers = 3 * batch * height * width;
  if (numbers > MOST_NUMBERS)
    throw new NddrError(
      `${where}: train.batch ${batch}, train.height ${height} and train.width ${width} make a batch of ` +
        `${(numbers / 1e9).toPrecision(3)} thousand million numbers; no more than ${(MOST_NUMBERS / 1e9).toPrecision(3)} can be held. Make one of them smaller.`,
    );
  if (schedule.warmup >= steps)
    throw new NddrError(`${where}: train.schedule.warmup is ${schedule.warmup}, of ${steps} steps. Make it shorter.`);
  return config;
}

/** The most numbers of a batch of images: 8 GiB as float32. */
const MOST_NUMBERS = 2 ** 31;

/** Reserved names, which no task may have, with the reason. */
const RESERVED: ReadonlyMap<string, string> = new Map([
  ['image', "is that of the network's input"],
  ['shared', 'is that of the trunk that tasks share'],
  ['shortcut', "is that of the shortcut's layers"],
  ['optimizer', "is that of the optimizer's state in checkpoints"],
  ['weighting', "is that of the loss weighting's variables"],
  ['vectors', 'is that of an output of the training step'],
  ...['label', 'loss', 'logits', 'weight', 'count', 'present', 'gradient', 'observed', 'taskGradient'].map(
    (name): [string, string] => [name, 'begins the names of values of the training step'],
  ),
]);

/** Why a task cannot have a name, in words; undefined where it can. */
function reservedName(name: string): string | undefined {
  if (name in Object.prototype) return 'is one that every object of JavaScript has';
  if (/^(nddr|stitch|sluice|mtan)\d*$/.test(name)) return 'is that of layers between the tasks';
  return RESERVED.get(name);
}
