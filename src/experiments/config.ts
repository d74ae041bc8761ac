/** The configuration of a run: plain JSON with a published schema. How files of it are read is in `config-file.ts`. */
import * as z from 'zod';
import { backboneSchema } from '../backbones/index.js';
import type { DescriptionInput } from '../data/description.js';
import { deviceNames } from '../engine/runtime/devices.js';
import { NddrError } from '../errors.js';
import { fusionSchema } from '../fusion/index.js';
import { parseStrict, suggest } from '../schema.js';
import { definitionOf } from '../tasks/index.js';
import { taskName } from '../tasks/name.js';
import { optimizerSchema } from '../train/optimizers/index.js';
import { scheduleSchema } from '../train/schedule.js';
import { weightingSchema } from '../train/weighting/index.js';
import { reservedName } from './reserved-names.js';
import { weightsSchema } from './start-settings.js';

const colour = z.tuple([z.number(), z.number(), z.number()]);
const count = z.int().positive();

const only = z.array(z.string()).optional().describe('Labels of the data set that may be used. By default all.');

const partSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('rooms'),
    seed: z.int().default(1).describe('Seed of the rooms. Another seed gives other rooms.'),
    length: z
      .record(z.string(), count)
      .default({ train: 2000, val: 200, test: 200 })
      .describe('Number of images of each split.'),
    width: count.default(96).describe('Width of the images in pixels.'),
    height: count.default(96).describe('Height of the images in pixels.'),
    only,
  }),
  z.strictObject({
    kind: z.literal('folder'),
    root: z.string().describe('Folder of the images and labels, relative to the configuration file.'),
    description: z
      .custom<string | DescriptionInput>((value) => typeof value === 'string' || typeof value === 'object')
      .optional()
      .describe('The description of the folder, or the file that has it. By default ROOT/dataset.json.'),
    only,
  }),
]);

const joinSchema = z.strictObject({
  kind: z.literal('join'),
  parts: z
    .array(partSchema)
    .min(1)
    .describe(
      'Data sets that are joined into one, each written as `data` is. Samples of a part that lacks a label are unlabelled.',
    ),
});

const dataSchema = z.discriminatedUnion('kind', [...partSchema.options, joinSchema]);

const share = z.number().min(0).max(1).default(0);

const augmentSchema = z.strictObject({
  scale: z
    .tuple([z.number().positive(), z.number().positive()])
    .refine(([low, high]) => low <= high, 'expected the lower end first')
    .default([0.5, 1.5])
    .describe('Range of the factor by which a sample is enlarged, drawn uniformly. [1, 1] turns it off.'),
  mirror: z.number().min(0).max(1).default(0.5).describe('Probability that a sample is mirrored, left to right.'),
  swap: z
    .union([z.enum(['auto', 'off']), z.array(z.tuple([z.string(), z.string()]))])
    .default('auto')
    .describe(
      'Pairs of classes that change places when a sample is mirrored, such as [["left arm", "right arm"]]. ' +
        '"auto" finds names that differ only in left and right (or l and r). "off" exchanges none.',
    ),
  rotate: z
    .number()
    .min(0)
    .max(180)
    .default(0)
    .describe(
      'Largest angle, in degrees, by which a crop is rotated to either side, drawn uniformly. Normals turn along.',
    ),
  brightness: share.describe('With a, colours are multiplied by a factor drawn uniformly from 1 - a to 1 + a.'),
  contrast: share.describe("The same for each colour's distance from the crop's mean grey."),
  saturation: share.describe("The same for each colour's distance from its own grey."),
  hue: z
    .number()
    .min(0)
    .max(180)
    .default(0)
    .describe('Largest angle, in degrees, by which colours are rotated about the axis of greys, drawn uniformly.'),
  blur: z
    .number()
    .min(0)
    .max(20)
    .default(0)
    .describe('Largest standard deviation, in pixels, of a Gaussian blur, drawn uniformly from 0 on.'),
  noise: z
    .number()
    .min(0)
    .max(255)
    .default(0)
    .describe('Largest standard deviation of Gaussian noise, drawn uniformly from 0 on; 255 is white.'),
});

const ratesSchema = z.strictObject({
  fusion: z.number().positive().default(100).describe('Factor on the learning rate of the fusion layers.'),
  headWeight: z
    .number()
    .positive()
    .default(10)
    .describe("Factor on the learning rate of the weights of each task's last layer."),
  headBias: z
    .number()
    .positive()
    .default(20)
    .describe("Factor on the learning rate of the biases of each task's last layer."),
});

const trainSchema = z.strictObject({
  split: z.string().default('train').describe('Split that is trained on.'),
  steps: count.describe('Number of steps (updates) of the training.'),
  batch: count.default(10).describe('Images in a batch.'),
  accumulate: count
    .default(1)
    .describe('Batches in a step. Loss and gradient are those of one batch of all their images.'),
  height: count.default(321).describe('Height of the crops, in pixels.'),
  width: count.default(321).describe('Width of the crops, in pixels.'),
  rate: z.number().positive().default(1e-3).describe('Base learning rate.'),
  schedule: scheduleSchema.prefault({ kind: 'poly' }),
  optimizer: optimizerSchema.prefault({ kind: 'sgd' }),
  rates: ratesSchema.prefault({}).describe('Factors on the learning rate by kind of layer.'),
  clip: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe('Largest norm of all gradients together; longer ones are scaled down. null: no limit.'),
  lossAt: z
    .enum(['head', 'image'])
    .default('head')
    .describe(
      'Where losses of pixels are computed. "head", as published: at the cells of the logits, with the labels of the ' +
        'pixels on which the cells are centred. "image": at every pixel, with the logits enlarged to the image.',
    ),
  lossWeights: z
    .record(z.string(), z.number().min(0))
    .default({})
    .describe("Fixed factor of each task's loss, by task. 1 where none is given."),
  weighting: weightingSchema.prefault({ kind: 'fixed' }),
  average: z
    .number()
    .gt(0)
    .lt(1)
    .nullable()
    .default(null)
    .describe(
      'Share of its value that the moving average of the weights keeps at each step, such as 0.999. The average is judged and kept as the best. null: no average.',
    ),
  seed: z
    .int()
    .default(1234)
    .describe(
      'Seed of first weights, batches, augmentation and dropout. Runs with equal settings and seed give equal weights.',
    ),
  augment: augmentSchema.prefault({}),
  start: weightsSchema.describe(
    'The same as `network.weights`, taken after it and over it: usually runs to start from.',
  ),
  calibrate: z
    .boolean()
    .default(false)
    .describe(
      'Start the batch norms of the fusion layers so that they pass their input on unchanged. With false, as published, ' +
        'they normalise it, which disturbs trained networks at first.',
    ),
  evaluateEvery: z
    .int()
    .min(0)
    .default(500)
    .describe(
      'Steps between evaluations on `evaluate.split`. 0: no evaluation during training; the last weights count as the best.',
    ),
  patience: count
    .nullable()
    .default(null)
    .describe(
      'Number of evaluations in a row without a better score after which training ends. null: it never ends early.',
    ),
  checkpointEvery: count.default(500).describe('Steps between checkpoints. The last three are kept.'),
  tensorboard: z
    .boolean()
    .default(false)
    .describe('Whether the run also writes an event file of TensorBoard into its folder while it trains.'),
  workers: z.int().min(0).default(1).describe('Threads that read and augment samples.'),
  cacheMegabytes: z
    .number()
    .min(0)
    .default(1024)
    .describe('Memory for decoded samples, in megabytes, shared by all workers.'),
  threads: count
    .nullable()
    .default(null)
    .describe('Threads of each operator of the runtime. null: as many as there are processors.'),
  device: z
    .enum(deviceNames)
    .default('cpu')
    .describe(
      'Where the network is trained (docs/guides/devices.md). A run may go on on another device. What is done with a ' +
        'finished run, such as eval and predict, does not follow it.',
    ),
});

const evaluateSchema = z.strictObject({
  split: z
    .string()
    .default('val')
    .describe(
      'Split that chooses the best weights. Evaluations during training judge it, every image at full size. ' +
        '"held-out" is a share of the training split that is not trained on. It is used if the data set has no `val`.',
    ),
  holdOut: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.1)
    .describe('Share of the training split that is held out, if `split` or `report` is "held-out".'),
  report: z
    .string()
    .default('test')
    .describe(
      'Split that is judged once, at the end, and reported. If the data set has no `test`, `split` is reported.',
    ),
  weights: z
    .enum(['best', 'last'])
    .default('best')
    .describe('Weights that are reported: those of the best evaluation, or the last.'),
  best: z
    .string()
    .default('score')
    .describe('What chooses the best weights: "score" (docs/reference/metrics.md) or TASK.METRIC.'),
  single: z
    .record(z.string(), z.number().positive())
    .nullable()
    .default(null)
    .describe(
      'Main metric of a single-task network, for each task. The score is then delta_m against these, in per cent.',
    ),
});

const configSchema = z.strictObject({
  name: z
    .string()
    .regex(/^\w[\w.-]*$/)
    .describe('Name of the run, which is kept in runs/NAME.'),
  data: dataSchema,
  tasks: z
    .record(taskName, z.looseObject({ kind: z.string() }))
    .refine((tasks) => Object.keys(tasks).length > 0, 'at least one task is needed')
    .describe("Task name to its settings; `from` names the data set's label."),
  network: z
    .strictObject({
      backbone: backboneSchema.prefault({ kind: 'vgg16' }),
      fusion: fusionSchema.prefault({ kind: 'nddr' }),
      weights: weightsSchema.describe(
        'Pretrained weights to start from: a file of weights or the folder of a run, or a list of them. Instead of a path ' +
          'an object may stand: {"file", "tower", "from", "family", "mapping", "partial"} (docs/guides/pretrained-weights.md).',
      ),
      mean: colour
        .nullable()
        .default(null)
        .describe(
          'Numbers that are subtracted from red, green and blue (0 to 255). null: what the weights that the training ' +
            'starts from were trained with, or [122.67891434, 116.66876762, 104.00698793].',
        ),
      deviation: z
        .tuple([z.number().positive(), z.number().positive(), z.number().positive()])
        .nullable()
        .default(null)
        .describe('Numbers by which the differences are divided. null: likewise, or [1, 1, 1].'),
      padding: z
        .enum(['symmetric', 'same'])
        .default('symmetric')
        .describe(
          'How convolutions and poolings are padded. "symmetric": as many pixels before the map as after it. "same": ' +
            "TensorFlow's rule, with which the published weights were trained. It pads even sizes after the map only.",
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
