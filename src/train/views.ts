/** One answer from several views of an image: other sizes, and its mirror image. */
import { resizedMap } from '../tasks/bilinear.js';
import type { Raster } from '../tasks/raster.js';
import { type SwapSetting, swapChannels, swapOf } from '../tasks/swap.js';
import type { Task } from '../tasks/task.js';

export interface Views {
  /** The image is enlarged by each of these. */
  readonly scales: readonly number[];
  /** Whether each size is looked at mirrored as well. */
  readonly flip: boolean;
  /** Classes that change places in a mirrored image, as in `train.augment.swap`. */
  readonly swap?: SwapSetting;
}

/** As `Predictor.answer`: float32 [3, height, width], RGB, 0..255, to answers by task name. */
export type Answerer = (image: Float32Array, height: number, width: number) => Promise<Record<string, Raster>>;

/** @returns the views; undefined where the image itself, at its size, is the only one */
export const viewsOf = (scales: readonly number[] = [1], flip = false): Views | undefined =>
  flip || scales.length > 1 || scales[0] !== 1 ? { scales, flip } : undefined;

/** Words that go after what was judged; '' for the image itself. */
export const showViews = (views: Views | undefined): string =>
  views ? `, means over scales ${views.scales.join(', ')}${views.flip ? ', each also mirrored' : ''}` : '';

/**
 * The mean of the answers to all views, each brought back to the image: resized bilinearly, mirrored, sides exchanged,
 * x of normals negated, depth and normals mended by the zoom as the task's labels are (an answer at zoom s is the
 * image's at 1 / s). Vectors are made unit again.
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

/** An answer to a mirrored image, as one to the image. */
function unmirror(map: Raster, task: Task, swap: SwapSetting | undefined): void {
  if (task.level === 'pixel') mirrorRows(map);
  if (task.level === 'pixel' && map.channels === task.label.channels) task.label.mirrored?.(map);
  const sides = swapOf(task, swap);
  if (sides) swapChannels(map.data, sides.to);
}

function mirrorRows({ data, width }: Raster): void {
  for (let at = 0; at < data.length; at += width) data.subarray(at, at + width).reverse();
}
