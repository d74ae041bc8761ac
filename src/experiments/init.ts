/** Writes a first configuration for a folder of images and labels. */
import { join } from 'node:path';
import {
  type Description,
  type DescriptionInput,
  isTableKind,
  parseDescription,
  trainingSplit,
} from '../data/description.js';
import { listSplit } from '../data/files.js';
import { readImageInfo } from '../data/image.js';
import { uprightSize } from '../data/orientation.js';
import { NddrError } from '../errors.js';
import { upperMedianOf } from './comparison/spread.js';
import { type ConfigInput, parseConfig } from './config.js';

/** A configuration, and sentences that explain its choices. */
export interface FirstConfig {
  readonly config: ConfigInput;
  readonly notes: readonly string[];
}

/**
 * Batch and crops with which a training takes about a quarter of an hour on two cores, as in `examples/camvid.json`.
 */
const BATCH = 8;
const LONGEST_CROP = 257;
/** How often each image is seen. */
const EPOCHS = 20;
const STEPS = { least: 300, most: 3000, round: 50 } as const;
/** At most this many images are opened for their size. */
const MEASURED = 40;

/**
 * A configuration for a data set: tasks follow from its labels, crops from the sizes of its images, steps from their
 * number.
 * @param root folder of the data set
 * @param name of the run
 * @param written the description of the data set (dataset.json)
 * @throws NddrError when no image is there or one cannot be read, or a label cannot be a task
 */
export async function startingConfig(root: string, name: string, written: DescriptionInput): Promise<FirstConfig> {
  const description = parseDescription(written, join(root, 'dataset.json'));
  const split = trainingSplit(Object.keys(description.splits));
  const { samples } = await listSplit(root, description, split);
  if (samples.length === 0)
    throw new NddrError(`${root}: the split "${split}" has no image. See: npx nddr data check ${root}`);
  const labels = Object.entries(description.labels);
  if (labels.length === 0)
    throw new NddrError(
      `${root}: no label is described, so there is nothing to learn. Name the files of a label, or a table: npx nddr data init --help`,
    );

  const every = Math.ceil(samples.length / MEASURED);
  const infos = await Promise.all(samples.filter((_, i) => i % every === 0).map(({ image }) => readImageInfo(image)));
  const sizes = infos.map((info) => uprightSize(info, info.orientation));
  const [width, height] = [
    upperMedianOf(sizes.map((size) => size.width)),
    upperMedianOf(sizes.map((size) => size.height)),
  ];
  const whole = labels.every(([, { kind }]) => isTableKind(kind));
  const crop = whole ? wholeCrop(width, height) : partCrop(width, height);
  const steps = stepsFor(samples.length);
  const quarter = Math.round(steps / 4);
  const config: ConfigInput = {
    name,
    data: { kind: 'folder', root },
    tasks: Object.fromEntries(labels.map(([label, { kind }]) => [label, { kind }])),
    network: {
      backbone: { kind: 'vgg16', width: 0.25, keep: 1 },
      fusion: { kind: labels.length > 1 ? 'nddr' : 'single' },
    },
    train: {
      ...(split !== 'train' && { split }),
      ...{ steps, batch: BATCH, height: crop.height, width: crop.width, rate: 0.03 },
      rates: { fusion: 1, headWeight: 1, headBias: 1 },
      ...(crop.scale && { augment: { scale: crop.scale } }),
      ...{ evaluateEvery: quarter, checkpointEvery: Math.max(1, Math.round(steps / 10)) },
    },
    ...(description.splits.val && { evaluate: { split: 'val' } }),
  };
  parseConfig(config, `the configuration for ${root}`);
  return {
    config,
    notes: [
      `tasks: ${labels.map(([label, { kind }]) => (label === kind ? kind : `${label} (${kind})`)).join(', ')}, the labels of the data set`,
      `network: vgg16 of width 0.25, which learns from scratch on a processor; ${labels.length > 1 ? 'nddr joins the tasks' : 'no fusion, because there is one task'}`,
      `crops: ${crop.width} x ${crop.height}; images are ${width} x ${height} in the middle of ${sizes.length} that were measured${crop.note}`,
      `steps: ${steps} of ${BATCH} crops, so that each of ${samples.length} images of "${split}" is seen some ${Math.round((steps * BATCH) / samples.length)} times`,
      splitNote(description, split),
    ],
  };
}

function splitNote({ splits }: Description, trained: string): string {
  const test = splits.test ? '; "test" is for the end' : '';
  if (splits.val) return `evaluations judge "val"${test}`;
  return `there is no split "val": a share of "${trained}" is held out and not trained on${test}`;
}

interface Crop {
  readonly width: number;
  readonly height: number;
  readonly scale?: [number, number];
  readonly note: string;
}

/** The next smaller 8 k + 1 pixels, so that the centres of cells of stride 8 lie on both borders; at least 33. */
const fitting = (pixels: number): number => Math.max(33, 8 * Math.floor((pixels - 1) / 8) + 1);

/** A crop in the shape of the image, as large as image and `LONGEST_CROP` allow. */
function partCrop(width: number, height: number): Crop {
  const scale = Math.min(1, LONGEST_CROP / Math.max(width, height));
  return { width: fitting(width * scale), height: fitting(height * scale), note: '' };
}

/** For questions about the image as a whole: the image is reduced, so that a crop shows nearly all of it. */
function wholeCrop(width: number, height: number): Crop {
  const crop = partCrop(width, height);
  const scale = Number(Math.min(1, crop.width / width, crop.height / height).toPrecision(2));
  const note = scale < 1 ? `, shown at ${scale} of their size so that a crop holds all of one` : '';
  return { ...crop, scale: [scale, scale], note };
}

const stepsFor = (images: number): number => {
  const steps = STEPS.round * Math.round((EPOCHS * images) / BATCH / STEPS.round);
  return Math.min(STEPS.most, Math.max(STEPS.least, steps));
};
