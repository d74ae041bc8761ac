/** How fast training data is made: crops from JPEG and label PNG, and how long a real training waits for them. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import sharp from 'sharp';
import type { DescriptionInput } from '../src/data/description.js';
import { encodeGreyPng } from '../src/data/image.js';
import { openLoader } from '../src/data/loader.js';
import { openRooms } from '../src/data/rooms/rooms.js';
import { parseConfig } from '../src/experiments/config.js';
import { run } from '../src/experiments/run.js';
import { medianOf, peakRssMib, rounded } from './statistics.js';

export interface PipelineBench {
  /** Images of the data set. */
  readonly images: number;
  readonly workers: number;
  /** Training steps. */
  readonly steps: number;
}

const PHOTO = { width: 640, height: 480 };
const CROP = { width: 321, height: 321 };
const BATCH = 10;
/** Room for 490 samples: decoded, one takes 3 bytes of image, 1 of classes and 3 of normals a pixel. */
const CACHE_BYTES = 2 ** 30;
const WARM_UP_STEPS = 5;
const LATER_EPOCHS = 3;
/** Rooms are drawn once and shown at several exposures: drawing thousands would take minutes. */
const SCENES = 24;

const TASKS = { segmentation: { kind: 'segmentation' }, normals: { kind: 'normals' } };

export async function benchPipeline({ images, workers, steps }: PipelineBench) {
  const root = await mkdtemp(join(tmpdir(), 'nddr-pipeline-'));
  try {
    await writeDataset(root, images);
    const { first, later } = await timeLoader(root, images, workers);
    const waiting = await timeTraining(root, steps, workers);
    return {
      peer: 'nddr',
      workers,
      images,
      first_epoch_images_per_s: rounded(first, 1),
      later_images_per_s: rounded(later, 1),
      ...waiting,
      peak_rss_mib: peakRssMib(),
    };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Photographs as JPEG of quality 92, class maps as grey PNG, normals as RGB PNG, all 640x480. */
async function writeDataset(root: string, images: number): Promise<void> {
  const rooms = openRooms({ split: 'bench', length: SCENES, seed: 1, ...PHOTO });
  const { classes, colours } = rooms.labels.segmentation;
  const description: DescriptionInput = {
    name: 'pipeline bench',
    splits: { train: { images: 'image/*.jpg', labels: { segmentation: 'class/*.png', normals: 'normal/*.png' } } },
    labels: {
      segmentation: { kind: 'segmentation', classes: [...(classes ?? [])], colours: colours && [...colours] },
      normals: { kind: 'normals', unlabelled: [128, 128, 128] },
    },
  };
  await writeFile(join(root, 'dataset.json'), JSON.stringify(description));
  for (const folder of ['image', 'class', 'normal']) await mkdir(join(root, folder));
  for (let scene = 0; scene < Math.min(SCENES, images); scene++) {
    const { image, labels } = await rooms.read(scene);
    const plane = PHOTO.width * PHOTO.height;
    const normals = new Uint8Array(3 * plane);
    for (let i = 0; i < plane; i++)
      for (let c = 0; c < 3; c++) normals[3 * i + c] = Math.round(127.5 * (labels.normals.data[c * plane + i] + 1));
    const classPng = encodeGreyPng({ ...PHOTO, data: Uint8Array.from(labels.segmentation.data) });
    const normalPng = encode({ ...PHOTO, channels: 3, depth: 8, data: normals });
    for (let copy = scene; copy < images; copy += SCENES) {
      const name = String(copy).padStart(5, '0');
      const photo = sharp(image.data, { raw: { ...PHOTO, channels: 3 } });
      const exposed = photo.linear(1 - 0.3 * (Math.floor(copy / SCENES) / Math.ceil(images / SCENES)), 0);
      await writeFile(join(root, 'image', `${name}.jpg`), await exposed.jpeg({ quality: 92 }).toBuffer());
      await writeFile(join(root, 'class', `${name}.png`), classPng);
      await writeFile(join(root, 'normal', `${name}.png`), normalPng);
    }
  }
}

/** Images a second with nothing else running: the first epoch from files, then from memory. */
async function timeLoader(root: string, images: number, workers: number) {
  const loader = await openLoader({
    data: { kind: 'folder', root },
    split: 'train',
    tasks: TASKS,
    ...CROP,
    ...{ batch: BATCH, seed: 1, workers, firstStep: 0, cacheBytes: CACHE_BYTES, recycle: true },
    augment: { scale: [0.5, 1.5], mirror: 0.5, mean: [123, 117, 104] },
  });
  const batches = Math.ceil(images / BATCH);
  const rateOver = async (epochs: number) => {
    const began = performance.now();
    for (let i = 0; i < epochs * batches; i++) await loader.next();
    return (1000 * epochs * batches * BATCH) / (performance.now() - began);
  };
  const first = await rateOver(1);
  const later = await rateOver(LATER_EPOCHS);
  await loader.close();
  return { first, later };
}

/** Trains the small configuration and says how much of a step is spent waiting for its batch. */
async function timeTraining(root: string, steps: number, workers: number) {
  const config = parseConfig({
    name: 'bench',
    data: { kind: 'folder', root },
    tasks: TASKS,
    network: { backbone: { kind: 'vgg16', width: 0.25 }, fusion: { kind: 'nddr' } },
    train: {
      ...{ steps: steps + WARM_UP_STEPS, batch: 8, height: 96, width: 96, rate: 1e-3, workers },
      rates: { fusion: 1, headWeight: 1, headBias: 1 },
      ...{ evaluateEvery: 10 * steps, checkpointEvery: 10 * steps },
      cacheMegabytes: CACHE_BYTES / 2 ** 20,
    },
    evaluate: { split: 'train' },
  });
  const stepMillis: number[] = [];
  const waitMillis: number[] = [];
  for await (const event of run({ path: join(root, 'run'), config })) {
    if (event.type === 'step' && event.step > WARM_UP_STEPS) {
      stepMillis.push(event.stepMillis);
      waitMillis.push(event.waitMillis);
    }
    // The last step is followed by an evaluation of the whole split, which nobody asked for here.
    if (event.type === 'step' && event.step === steps + WARM_UP_STEPS) break;
  }
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
  return {
    waiting_percent: rounded((100 * sum(waitMillis)) / sum(stepMillis), 1),
    training_step_ms: rounded(medianOf(stepMillis), 1),
  };
}
