/** Test-time augmentation: the mean of the answers to several views of an image, scaled and mirrored. */
import { resizedMap } from '../tasks/bilinear.js';
import type { Raster } from '../tasks/raster.js';
import { type SwapSetting, swapChannels, swapOf } from '../tasks/swap.js';
import type { Task } from '../tasks/task.js';

export interface Views {
  /** The factors by which the image is enlarged. */
  readonly scales: readonly number[];
  /** Whether each size is also answered mirrored. */
  readonly flip: boolean;
  /** Classes that change places in a mirrored image, as in `train.augment.swap`. */
  readonly swap?: SwapSetting;
}

/** As `Predictor.answer`: float32 [3, height, width], RGB, 0..255, to answers by task name. */
export type Answerer = (image: Float32Array, height: number, width: number) => Promise<Record<string, Raster>>;

/** @returns the views; undefined where the image itself, at its size, is the only one */
export const viewsOf = (scales: readonly number[] = [1], flip = false): Views | undefined =>
  flip || scales.length > 1 || scales[0] !== 1 ? { scales, flip } : undefined;

/** The views in words, to follow a sentence on what was judged; '' for the image itself. */
export const showViews = (views: Views | undefined): string =>
  views ? `, means over scales ${views.scales.join(', ')}${views.flip ? ', each also mirrored' : ''}` : '';

/**
 * The mean of the answers to all views. Each answer is first transformed back to the image: it is resized bilinearly
 * and mirrored, and its values are corrected as the labels of the task are in augmentation (sides of classes
 * exchanged, x of normals negated, depth and normals changed for a zoom by 1 / s). Mean vectors are scaled to length
 * 1.
 * @param image float32 [3, height, width], RGB, 0..255
 * @returns by task name, as `answer` does
 */
export async function answerViews(
  answer: Answerer,
  tasks: readonly Task[],
  { scales, flip, swap }: Views,
  image: Float32Array,
  height: number,
  width: number,
): Promise<Record<string, Raster>> {
  const views = scales.flatMap((scale) => (flip ? [false, true] : [false]).map((mirrored) => ({ scale, mirrored })));
  const sums: Record<string, Float32Array> = {};
  const shapes: Record<string, Omit<Raster, 'data'>> = {};
  for (const { scale, mirrored } of views) {
    const [h, w] = [height, width].map((n) => Math.max(1, Math.round(n * scale)));
    const view = resizedMap({ channels: 3, height, width, data: image }, { height: h, width: w });
    if (mirrored) mirrorRows(view);
    const answers = await answer(view.data as Float32Array, h, w);
    for (const task of tasks) {
      const { channels, height: fromHeight, width: fromWidth, data } = answers[task.name];
      const found = { channels, height: fromHeight, width: fromWidth, data: Float32Array.from(data) };
      if (mirrored) unmirror(found, task, swap);
      const back = task.level === 'image' ? found : resizedMap(found, { height, width });
      const zoom = (h / height + w / width) / 2;
      if (task.level === 'pixel' && zoom !== 1) task.label.scaled?.(back, 1 / zoom);
      sums[task.name] ??= new Float32Array(back.data.length);
      const sum = sums[task.name];
      for (let i = 0; i < sum.length; i++) sum[i] += back.data[i] / views.length;
      shapes[task.name] = { channels, height: back.height, width: back.width };
    }
  }
  return Object.fromEntries(
    tasks.map((task) => {
      const mean: Raster = { ...shapes[task.name], data: sums[task.name] };
      task.averaged?.(mean);
      return [task.name, mean];
    }),
  );
}

/** Turns an answer to the mirrored image into one to the image, in place. */
function unmirror(map: Raster, task: Task, swap: SwapSetting | undefined): void {
  if (task.level === 'pixel') mirrorRows(map);
  if (task.level === 'pixel' && map.channels === task.label.channels) task.label.mirrored?.(map);
  const sides = swapOf(task, swap);
  if (sides) swapChannels(map.data, sides.to);
}

/** Mirrors a map left to right, in place. */
function mirrorRows({ data, width }: Raster): void {
  for (let at = 0; at < data.length; at += width) data.subarray(at, at + width).reverse();
}
