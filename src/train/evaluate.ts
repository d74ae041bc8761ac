/** Judges a network over a whole set of images. */
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
  readonly labels: Readonly<Record<string, Raster>>;
}

/** One image that was judged. */
export interface Judged {
  readonly image: EvaluationImage;
  readonly answers: Readonly<Record<string, Raster>>;
}

/**
 * Judges images one by one, at their full size; returns every metric of every task over all of them.
 * @param onPerClass hears the main metric by class of each task that has classes, at the end
 */
export async function* evaluate(
  predictor: { readonly answer: Answerer },
  tasks: readonly Task[],
  images: AsyncIterable<EvaluationImage> | Iterable<EvaluationImage>,
  onPerClass: (task: string, values: Readonly<Record<string, number>>) => unknown = () => {},
): AsyncGenerator<Judged, TaskValues> {
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
