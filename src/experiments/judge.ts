/** Evaluates a finished run. */

import { openDataset } from '../data/index.js';
import { openEvaluation } from '../data/loader.js';
import { nodeRuntime } from '../engine/runtime/node.js';
import type { Raster } from '../tasks/raster.js';
import type { TaskValues } from '../tasks/score.js';
import { type EvaluationImage, evaluate } from '../train/evaluate.js';
import { RunFolder } from '../train/node/run-folder.js';
import { Predictor } from '../train/predictor.js';
import { type Answerer, answerViews, type Views } from '../train/views.js';
import { type Config, parseConfig } from './config.js';
import { networkOf, reading } from './setup.js';
import { runWeights, type Which } from './weights.js';

/** A run as it lies on disk. @throws NddrError when there is none, or its configuration does not fit */
export async function openRun(path: string): Promise<{ folder: RunFolder; config: Config }> {
  const folder = RunFolder.open(path);
  return { folder, config: parseConfig(await folder.readConfig(), path) };
}

/**
 * The network of a run, ready to answer; close it when it is not needed any more.
 * @param options which weights (the best by default) and how many threads (all processors by default)
 * @throws NddrError when there is no run, or no checkpoint yet
 */
export async function openPredictor(
  path: string,
  { which = 'best', threads }: { readonly which?: Which; readonly threads?: number } = {},
): Promise<Predictor> {
  const { folder, config } = await openRun(path);
  const { values } = await runWeights(folder, which);
  return Predictor.open(await networkOf(config), values, nodeRuntime({ threads }));
}

export interface JudgeOptions {
  readonly path: string;
  /** The best weights by default. */
  readonly which?: Which;
  /** The configuration's evaluation split by default. */
  readonly split?: string;
  readonly threads?: number;
  /** Answers are means over these; the image itself by default. Its sides are those of `train.augment.swap` by default. */
  readonly views?: Views;
  /** Called after each image. */
  readonly seen?: (seen: Seen) => void;
}

export interface Seen {
  readonly done: number;
  readonly total: number;
  readonly image: EvaluationImage;
  readonly answers: Readonly<Record<string, Raster>>;
}

export interface Judgement {
  readonly step: number;
  readonly split: string;
  readonly images: number;
  readonly values: TaskValues;
  /** The main metric by class, of tasks that have classes. */
  readonly perClass: TaskValues;
}

/** Every metric of a run over a split. */
export async function judgeRun({
  path,
  which = 'best',
  split,
  threads,
  views,
  seen,
}: JudgeOptions): Promise<Judgement> {
  const { folder, config } = await openRun(path);
  const network = await networkOf(config);
  const { step, values } = await runWeights(folder, which);
  const name = split ?? config.evaluate.split;
  const { length: total } = await openDataset(config.data, name);
  const predictor = await Predictor.open(network, values, nodeRuntime({ threads }));
  try {
    const samples = openEvaluation({ ...reading(config, name), workers: config.train.workers });
    const perClass: Record<string, Readonly<Record<string, number>>> = {};
    const { swap } = config.train.augment;
    const answer: Answerer = (image, height, width) => {
      const once: Answerer = (...of) => predictor.answer(...of);
      return views
        ? answerViews(once, network.tasks, { swap, ...views }, image, height, width)
        : once(image, height, width);
    };
    const judging = evaluate({ answer }, network.tasks, samples, (task, found) => {
      perClass[task] = found;
    });
    let next = await judging.next();
    let images = 0;
    for (; !next.done; next = await judging.next()) {
      images++;
      seen?.({ done: images, total, ...next.value });
    }
    return { step, split: name, images, values: next.value, perClass };
  } finally {
    await predictor.close();
  }
}
