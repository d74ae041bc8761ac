/** Computes the metrics of a network over a set of images. */
import { NddrError } from '../errors.js';
import type { Raster } from '../tasks/raster.js';
import type { TaskValues } from '../tasks/score.js';
import type { Task } from '../tasks/task.js';
import type { Answerer } from './views.js';

/** An image and its labels at full size. */
export interface EvaluationImage {
  readonly id: string;
  readonly height: number;
  readonly width: number;
  /** float32 [3, H, W], RGB, 0..255. */
  readonly image: Float32Array;
  /** By task name; a raster full of the label's `unlabelled` where there is none. */
  readonly labels: Readonly<Record<string, Raster>>;
}

/** An image with the network's answers to it, by task name. */
export interface EvaluatedImage {
  readonly image: EvaluationImage;
  readonly answers: Readonly<Record<string, Raster>>;
}

/**
 * Answers images one by one, at their full size. Yields each with its answers, and returns every metric of every task
 * over all of them.
 * @param onPerClass called at the end, for each task that has classes, with its main metric by class
 * @throws NddrError that begins with the image's id when the network cannot take an image
 */
export async function* evaluate(
  predictor: { readonly answer: Answerer },
  tasks: readonly Task[],
  images: AsyncIterable<EvaluationImage> | Iterable<EvaluationImage>,
  onPerClass: (task: string, values: Readonly<Record<string, number>>) => unknown = () => {},
): AsyncGenerator<EvaluatedImage, TaskValues> {
  const meters = tasks.map((task) => ({ task, meter: task.meter() }));
  for await (const image of images) {
    const answers = await predictor.answer(image.image, image.height, image.width).catch((error: unknown) => {
      throw error instanceof NddrError ? new NddrError(`${image.id}: ${error.message}`, { cause: error }) : error;
    });
    for (const { task, meter } of meters) meter.add(answers[task.name], image.labels[task.name]);
    yield { image, answers };
  }
  for (const { task, meter } of meters) {
    const values = meter.perClass?.();
    if (values) onPerClass(task.name, values);
  }
  return Object.fromEntries(meters.map(({ task, meter }) => [task.name, meter.values()]));
}
