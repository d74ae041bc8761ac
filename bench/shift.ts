/** How the score of class maps changes when answers are moved: it is best at 0 where nothing shifts them. */
import { openEvaluation } from '../src/data/loader.js';
import type { ResizeRule } from '../src/engine/index.js';
import { nodeRuntime } from '../src/engine/runtime/node.js';
import { NddrError } from '../src/errors.js';
import { openRun } from '../src/experiments/open-run.js';
import { networkOf } from '../src/experiments/setup.js';
import { reading } from '../src/experiments/splits.js';
import { runWeights } from '../src/experiments/weights.js';
import { argmax, ConfusionMatrix } from '../src/tasks/confusion.js';
import { Predictor } from '../src/train/predictor.js';

export interface ShiftOptions {
  readonly split: string;
  readonly data?: string;
  readonly reach: number;
  readonly rule: ResizeRule;
}

/** mIoU by pixels that answers are moved right and down, for every task whose answer is a class. */
export async function benchShift(run: string, { split, data, reach, rule }: ShiftOptions) {
  const { folder, config: stored } = await openRun(run);
  const config = data ? { ...stored, data: { ...stored.data, root: data } as typeof stored.data } : stored;
  const network = await networkOf(config);
  const maps = network.tasks.filter(({ metrics }) => metrics.some(({ name }) => name === 'mIoU'));
  if (maps.length === 0) throw new NddrError(`${run} has no task whose answer is a class of each pixel.`);
  const { step, values } = await runWeights(folder, 'best');
  const predictor = await Predictor.open(network, values, nodeRuntime(), { resize: rule });
  const moves = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
  const counts = maps.map(({ name, channels }) => ({
    name,
    matrices: moves.map(() => new ConfusionMatrix(channels)),
  }));
  for await (const { image, height, width, labels } of openEvaluation({ ...reading(config, split), workers: 1 })) {
    const answers = await predictor.answer(image, height, width);
    for (const { name, matrices } of counts) {
      const classes = argmax(answers[name].data, answers[name].channels);
      for (const [i, by] of moves.entries()) matrices[i].add(movedBy(classes, height, width, by), labels[name].data);
    }
  }
  await predictor.close();
  return {
    run,
    step,
    split,
    rule,
    ...Object.fromEntries(
      counts.map(({ name, matrices }) => [
        name,
        Object.fromEntries(moves.map((by, i) => [`${by}`, Number(matrices[i].meanIou().toFixed(4))])),
      ]),
    ),
  };
}

/** The map moved right and down; pixels that come from beyond its edge repeat the edge. */
function movedBy(map: Uint8Array, height: number, width: number, by: number): Uint8Array {
  const inside = (i: number, size: number) => Math.min(Math.max(i - by, 0), size - 1);
  const moved = new Uint8Array(map.length);
  for (let y = 0, at = 0; y < height; y++) {
    const row = inside(y, height) * width;
    for (let x = 0; x < width; x++, at++) moved[at] = map[row + inside(x, width)];
  }
  return moved;
}
