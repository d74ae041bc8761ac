/** What loaders do: they read, augment and pack samples into batches. Free of files and threads. */
import { NddrError } from '../errors.js';
import { Random } from '../random.js';
import type { TaskConfig } from '../tasks/index.js';
import { planesOf, type Raster } from '../tasks/raster.js';
import { swapOf, swapSides } from '../tasks/swap.js';
import type { Task } from '../tasks/task.js';
import { type AugmentConfig, cropImage, cropLabel, drawWindow } from './augment.js';
import type { Batch } from './batch.js';
import { type CacheMemory, cached } from './cache.js';
import type { PackableDataset, PackedDataset } from './dataset.js';
import { type Split, splitName } from './hold-out.js';
import { unpack } from './packed.js';
import { changeColours, drawColours } from './photometric.js';
import type { DataConfig } from './sources.js';
import { type TaskWithLabel, tasksWithLabels } from './task-labels.js';
import { covered } from './window.js';

/** Which samples to read, and the tasks that use them; plain JSON, so that it can be passed to a worker thread. */
export interface ReadConfig {
  readonly data: DataConfig;
  readonly split: Split;
  readonly tasks: Readonly<Record<string, TaskConfig>>;
}

export interface BatchConfig extends ReadConfig {
  /** Samples a step. */
  readonly batch: number;
  /** Size of the crops in pixels. */
  readonly height: number;
  readonly width: number;
  readonly augment: AugmentConfig;
  readonly seed: number;
}

/** A sample at its full size, on which the tasks are evaluated. */
export interface EvaluationSample {
  readonly id: string;
  readonly height: number;
  readonly width: number;
  /** float32 [3, H, W], RGB, 0..255. */
  readonly image: Float32Array;
  /** Task name to label; filled with the task's `unlabelled` where the sample has none. */
  readonly labels: Readonly<Record<string, Raster>>;
}

/** The result of a job. */
export type Product = Batch | EvaluationSample;

/** The memory of a product, to move it between threads. */
export const buffersOf = (product: Product): ArrayBuffer[] =>
  ('images' in product
    ? [product.images, ...Object.values(product.labels)]
    : [product.image, ...Object.values(product.labels).map((label) => label.data)]
  ).map((array) => array.buffer as ArrayBuffer);

/** Does numbered jobs; a result depends on its number alone. */
export interface Producer<Result> {
  /** Number of jobs; infinite for batches. */
  readonly jobs: number;
  /** @param spare a result that nothing reads any more: its arrays may be used again */
  produce(job: number, spare?: Result): Promise<Result>;
  close(): Promise<void>;
}

/** What the jobs make: batches, where the number of a job is the step, or samples, where it is the index. */
export type Production =
  | { readonly make: 'batches'; readonly config: BatchConfig; readonly cache?: CacheMemory }
  | { readonly make: 'samples'; readonly config: ReadConfig };

/** Does the jobs on an open data set. @throws NddrError when it is empty or lacks a label */
export function producerOf(dataset: PackableDataset, production: Production): Producer<Product> {
  const { config } = production;
  if (dataset.length === 0)
    throw new NddrError(`data set "${dataset.name}": the split "${splitName(config.split)}" is empty`);
  const trained = tasksWithLabels(config.tasks, dataset, production.make === 'samples' ? 'without label' : 'refused');
  const labels = [...new Set(Object.values(trained).map(({ label }) => label))];
  const packed = dataset.packed(labels.filter((label) => Object.hasOwn(dataset.labels, label)));
  const close = async () => {};
  if (production.make === 'samples') {
    return { jobs: dataset.length, produce: (index) => readEvaluationSample(packed, trained, index), close };
  }
  const source = production.cache ? cached(packed, production.cache) : packed;
  return { jobs: Number.POSITIVE_INFINITY, produce: batchMaker(source, trained, production.config), close };
}

/** How many numbers the label of a sample has. */
const lengthOf = ({ level, label }: Task, plane: number): number => label.channels * (level === 'image' ? 1 : plane);

/**
 * Makes the batch of a step. Samples are numbered over the whole training, n = step * batch + slot; those of the epoch
 * floor(n / length) are a permutation of the data set.
 */
function batchMaker(dataset: PackedDataset, trained: Record<string, TaskWithLabel>, config: BatchConfig) {
  const { batch, height, width, augment, seed } = config;
  const size = { height, width };
  const plane = height * width;
  const order = new Random(seed).fork('order');
  const variation = new Random(seed).fork('augment');
  const swaps = Object.fromEntries(
    Object.entries(trained).map(([name, { task }]) => [name, swapOf(task, augment.swap)]),
  );
  let current = { epoch: -1, indices: new Uint32Array(0) };

  function indexOf(n: number): number {
    const epoch = Math.floor(n / dataset.length);
    if (current.epoch !== epoch) {
      const indices = Uint32Array.from({ length: dataset.length }, (_, i) => i);
      current = { epoch, indices: order.fork(epoch).shuffle(indices) };
    }
    return current.indices[n % dataset.length];
  }

  const allocate = (): Pick<Batch, 'images' | 'labels'> => ({
    images: new Float32Array(batch * 3 * plane),
    labels: Object.fromEntries(
      Object.entries(trained).map(([name, { task }]) => [name, new Float32Array(batch * lengthOf(task, plane))]),
    ),
  });

  return async (step: number, spare?: Batch): Promise<Batch> => {
    const { images, labels } = spare ?? allocate();
    const slots = Array.from({ length: batch }, (_, slot) => ({ slot, n: step * batch + slot }));
    const ids = await Promise.all(
      slots.map(async ({ slot, n }) => {
        const sample = await dataset.read(indexOf(n));
        const random = variation.fork(n);
        const window = drawWindow(sample.image, size, augment, random);
        const image = images.subarray(slot * 3 * plane, (slot + 1) * 3 * plane);
        cropImage(sample.image, window, augment.mean, image);
        // A fork of its own, so that the windows do not depend on the settings of colours.
        const colours = drawColours(augment, random.fork('colours'));
        if (colours) changeColours(image, size, covered(window), colours, random.fork('noise'));
        for (const [name, { label, task }] of Object.entries(trained)) {
          const length = lengthOf(task, plane);
          const out = labels[name].subarray(slot * length, (slot + 1) * length);
          const found = sample.labels[label];
          if (!found) out.fill(task.label.unlabelled);
          else if (task.level === 'image') out.set(unpack(found).data);
          else cropLabel(found, task.label, window, out);
          const swap = swaps[name];
          if (found && swap && window.mirrored) swapSides(out, swap);
        }
        return sample.id;
      }),
    );
    return { images, labels, ids };
  };
}

async function readEvaluationSample(
  dataset: PackedDataset,
  trained: Record<string, TaskWithLabel>,
  index: number,
): Promise<EvaluationSample> {
  const { id, image, labels } = await dataset.read(index);
  const { height, width } = image;
  const maps = Object.entries(trained).map(([name, { label, task }]): [string, Raster] => {
    const { channels, dtype, unlabelled } = task.label;
    const found = labels[label];
    // A copy, because it leaves the thread, and two tasks may be trained on one label.
    if (found?.encoding) return [name, unpack(found)];
    if (found) return [name, unpack({ ...found, data: found.data.slice() })];
    const Type = dtype === 'uint8' ? Uint8Array : Float32Array;
    const size = task.level === 'image' ? { height: 1, width: 1 } : { height, width };
    return [name, { channels, ...size, data: new Type(lengthOf(task, height * width)).fill(unlabelled) }];
  });
  return { id, height, width, image: planesOf(image), labels: Object.fromEntries(maps) };
}
