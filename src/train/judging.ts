/** Judges a training under way, and finds its best weights. */
import type { Runtime } from '../engine/index.js';
import { NddrError } from '../errors.js';
import type { NetworkOptions } from '../network.js';
import type { Values } from '../nn/scope.js';
import { suggest } from '../schema.js';
import { type ScoreKind, scoreOf, type TaskValues } from '../tasks/score.js';
import { type EvaluationImage, evaluate } from './evaluate.js';
import { Predictor } from './predictor.js';

/** How the best weights are found. */
export interface Choice {
  /** `score` or TASK.METRIC. */
  readonly best: string;
  /** Main metrics of single-task networks by task: the score is then relative to them. */
  readonly single?: Readonly<Record<string, number>> | null;
}

/** What an evaluation is worth. */
export type Worth = {
  /** Higher is better, whatever the metric; NaN where nothing can be said. */
  readonly score: number;
  readonly kind: ScoreKind | 'metric';
  /** Tasks without a value of their main metric. */
  readonly without: readonly string[];
};

/** @throws NddrError when there is no such metric */
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

/** How the best weights are found, as text: scores of evaluations that differ in it cannot be compared. */
export const judgedBy = ({ best, single }: Choice, split: string | undefined): string =>
  JSON.stringify([best, single ?? null, split ?? null]);

/**
 * Judges weights on all images; yields how many are done, and returns every metric.
 * @param stopping asked after each image: once it is so, nothing is returned
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
    await judging.return({});
    await predictor.close();
  }
}
