/** Evaluates weights during a training, and scores them. */
import type { Runtime } from '../engine/index.js';
import { NddrError } from '../errors.js';
import type { NetworkOptions } from '../network.js';
import type { Values } from '../nn/scope.js';
import { suggest } from '../schema.js';
import { type ScoreKind, scoreOf, type TaskValues } from '../tasks/score.js';
import { type EvaluationImage, evaluate } from './evaluate.js';
import { Predictor } from './predictor.js';

/** Settings of the search for the best weights. */
export interface Choice {
  /** What picks the best weights: `score`, or a metric as TASK.METRIC. */
  readonly best: string;
  /** Main metrics of single-task networks by task: where given, the score is delta_m against them. */
  readonly single?: Readonly<Record<string, number>> | null;
}

/** The score of an evaluation. */
export type Worth = {
  /** Higher is better: a metric that is better lower is negated. NaN where no task could be judged. */
  readonly score: number;
  readonly kind: ScoreKind | 'metric';
  /** Tasks without a value of their main metric. */
  readonly without: readonly string[];
};

/**
 * The function that scores an evaluation.
 * @throws NddrError when `best` names no metric of the tasks
 */
export function judgeOf(
  { best, single }: Choice,
  { tasks }: Pick<NetworkOptions, 'tasks'>,
): (values: TaskValues) => Worth {
  const score = (values: TaskValues): Worth => {
    const { value, kind, without } = scoreOf(tasks, values, single);
    return { score: value, kind, without };
  };
  if (best === 'score') return score;
  const known = tasks.flatMap(({ name, metrics }) => metrics.map((metric) => ({ task: name, metric })));
  const pathOf = ({ task, metric }: (typeof known)[number]) => `${task}.${metric.name}`;
  const found = known.find((one) => pathOf(one) === best);
  if (!found)
    throw new NddrError(`evaluate.best: unknown "${best}"; ${suggest(best, ['score', ...known.map(pathOf)])}`);
  const { task, metric } = found;
  const sign = metric.better === 'higher' ? 1 : -1;
  return (values) => ({ ...score(values), score: sign * values[task][metric.name], kind: 'metric' });
}

/** How scores are computed, as text. Scores can be compared only where it is the same. */
export const scoreIdentity = ({ best, single }: Choice, split: string | undefined): string =>
  JSON.stringify([best, single ?? null, split ?? null]);

/**
 * Evaluates weights on all images. Yields the number of images done, and returns every metric.
 * @param stopping asked after each image: once it returns true, the evaluation ends and returns undefined
 */
export async function* judge(
  {
    network,
    runtime,
    values,
  }: { readonly network: NetworkOptions; readonly runtime: Runtime; readonly values: Values },
  images: AsyncIterable<EvaluationImage>,
  stopping: () => boolean,
): AsyncGenerator<number, TaskValues | undefined> {
  const predictor = await Predictor.open(network, values, runtime);
  const judging = evaluate(predictor, network.tasks, images);
  try {
    let next = await judging.next();
    for (let done = 1; !next.done; done++) {
      yield done;
      if (stopping()) return undefined;
      next = await judging.next();
    }
    return next.value;
  } finally {
    await judging.return({}).finally(() => predictor.close());
  }
}
