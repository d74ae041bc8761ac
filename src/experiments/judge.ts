/** Computes the metrics of a run over a split of its data. */
import { openEvaluation } from '../data/loader.js';
import type { DeviceName } from '../engine/runtime/devices.js';
import { nodeRuntime, requireDevice } from '../engine/runtime/node.js';
import type { Raster } from '../tasks/raster.js';
import type { TaskValues } from '../tasks/score.js';
import type { Task } from '../tasks/task.js';
import { type EvaluationImage, evaluate } from '../train/evaluate.js';
import type { RunFolder } from '../train/node/run-folder.js';
import { Predictor } from '../train/predictor.js';
import { type Answerer, answerViews, type Views } from '../train/views.js';
import type { Config } from './config.js';
import type { ModuleAccess } from './module-access.js';
import { openRun } from './open-run.js';
import { networkOf } from './setup.js';
import { openSplit, reading } from './splits.js';
import { runWeights, type WeightsChoice } from './weights.js';

export interface JudgeOptions extends ModuleAccess {
  readonly path: string;
  /** `evaluate.weights` of the configuration by default. */
  readonly weights?: WeightsChoice;
  /** `evaluate.report` of the configuration by default. */
  readonly split?: string;
  /** Settings that replace those of the run, as in `data.root=/elsewhere`. */
  readonly set?: readonly string[];
  readonly threads?: number;
  /** Where the network runs; `cpu` by default, whatever it was trained on. */
  readonly device?: DeviceName;
  /** Called once, before the first image. */
  readonly opened?: (opened: Opened) => void;
  /**
   * Answers are means over these views; `swap` is that of `train.augment` by default. Without it the image alone is
   * answered.
   */
  readonly views?: Views;
  /** Called after each image. */
  readonly seen?: (seen: Seen) => void;
}

/** What is about to be judged. */
export interface Opened {
  /** The step that the weights are of. */
  readonly step: number;
  /** `last` also where the best were asked for and there was no evaluation yet. */
  readonly weights: WeightsChoice;
  readonly split: string;
  readonly images: number;
}

export interface Seen {
  readonly done: number;
  readonly total: number;
  readonly image: EvaluationImage;
  readonly answers: Readonly<Record<string, Raster>>;
}

export interface Judgement extends Opened {
  readonly values: TaskValues;
  /** The main metric by class, of tasks that have classes. */
  readonly perClass: TaskValues;
}

/**
 * Computes every metric of a run over a split.
 * @throws NddrError when there is no run, no checkpoint yet, or no such split
 */
export async function judgeRun({ path, set, ...options }: JudgeOptions): Promise<Judgement> {
  const { folder, config } = await openRun(path, set);
  const judging = judgeSplit(folder, config, options);
  try {
    let next = await judging.next();
    for (; !next.done; next = await judging.next()) options.seen?.(next.value);
    return next.value;
  } finally {
    // Closes it where `seen` throws.
    await judging.return(undefined as never);
  }
}

/** The same, image by image. Everything that it opened is closed when it ends, throws, or is left early. */
export async function* judgeSplit(
  folder: RunFolder,
  config: Config,
  options: Pick<JudgeOptions, 'weights' | 'split' | 'threads' | 'device' | 'views' | 'opened' | 'allowModule'>,
): AsyncGenerator<Seen, Judgement> {
  const {
    weights: choice = config.evaluate.weights,
    split = config.evaluate.report,
    threads,
    device = 'cpu',
    views,
    allowModule,
  } = options;
  await requireDevice(device);
  const network = await networkOf(config, { allowModule });
  const { values, ...found } = await runWeights(folder, choice);
  const { length: total } = await openSplit(config, split);
  const what: Opened = { ...found, split, images: total };
  options.opened?.(what);
  const predictor = await Predictor.open(network, values, nodeRuntime({ device, threads }));
  try {
    const samples = openEvaluation({ ...reading(config, split), workers: config.train.workers });
    const { swap } = config.train.augment;
    const judged = judging(predictor, { tasks: network.tasks, samples, total, views: views && { swap, ...views } });
    return { ...what, ...(yield* judged) };
  } finally {
    await predictor.close();
  }
}

/** Answers samples one by one, and returns every metric of the tasks over all of them. */
export async function* judging(
  predictor: Predictor,
  {
    tasks,
    samples,
    total,
    views,
  }: {
    /** Those of the predictor that are judged. */
    readonly tasks: readonly Task[];
    readonly samples: AsyncIterable<EvaluationImage>;
    readonly total: number;
    readonly views?: Views;
  },
): AsyncGenerator<Seen, Pick<Judgement, 'values' | 'perClass'>> {
  const perClass = new Map<string, Readonly<Record<string, number>>>();
  const once: Answerer = (...of) => predictor.answer(...of);
  const answer: Answerer = (...of) => (views ? answerViews(once, tasks, views, ...of) : once(...of));
  const steps = evaluate({ answer }, tasks, samples, (task, metrics) => perClass.set(task, metrics));
  try {
    let next = await steps.next();
    for (let done = 1; !next.done; done++) {
      yield { done, total, ...next.value };
      next = await steps.next();
    }
    return { values: next.value, perClass: Object.fromEntries(perClass) };
  } finally {
    await steps.return({});
  }
}
