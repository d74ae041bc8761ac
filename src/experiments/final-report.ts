/** The final report of a training: one evaluation of its weights, on a split that was not used to choose them. */
import type { TaskValues } from '../tasks/score.js';
import type { TrainingEvent } from '../train/events.js';
import type { RunFolder, StoredEvent } from '../train/node/run-folder.js';
import type { Config } from './config.js';
import { judgeSplit } from './judge.js';
import type { ModuleAccess } from './module-access.js';
import { runWeights, type WeightsChoice } from './weights.js';

export type FinalEvent =
  | { readonly type: 'reporting'; readonly step: number; readonly done: number; readonly total: number }
  | {
      readonly type: 'final';
      /** Steps that the training has done. */
      readonly step: number;
      readonly split: string;
      readonly weights: WeightsChoice;
      /** The step of the weights; earlier than `step` where the best ones are reported. */
      readonly weightsStep: number;
      /** Missing where the values are those of an evaluation during training. */
      readonly images?: number;
      readonly values: TaskValues;
    };

type Done = Extract<TrainingEvent, { type: 'done' | 'stopped' }>;

/**
 * Evaluates the weights `evaluate.weights` on the split `evaluate.report`. The last event is `done`, or `stopped` once
 * the signal is aborted.
 * @param done the event that ended the training, where it has just ended
 */
export async function* finalReport(
  folder: RunFolder,
  config: Config,
  { signal, allowModule }: ModuleAccess & { readonly signal?: AbortSignal },
  done?: Extract<TrainingEvent, { type: 'done' }>,
): AsyncGenerator<FinalEvent | Done> {
  const { split, report, weights: choice } = config.evaluate;
  const step = done?.step ?? (await runWeights(folder, 'last')).step;
  const { step: weightsStep, weights } = await runWeights(folder, choice);
  // Where the same split chose the weights, they were evaluated on it already.
  const known = report === split ? evaluationAt(await folder.readEvents(), weightsStep) : undefined;
  if (known) yield { type: 'final', step, split, weights, weightsStep, values: known };
  else {
    const { device, threads } = config.train;
    const judging = judgeSplit(folder, config, { device, threads: threads ?? undefined, allowModule });
    try {
      let next = await judging.next();
      for (; !next.done; next = await judging.next()) {
        yield { type: 'reporting', step, done: next.value.done, total: next.value.total };
        if (!signal?.aborted) continue;
        yield { type: 'stopped', step };
        return;
      }
      const { images, values } = next.value;
      yield { type: 'final', step, split: report, weights, weightsStep, images, values };
    } finally {
      await judging.return(undefined as never);
    }
  }
  yield done ?? { type: 'done', step };
}

const evaluationAt = (events: readonly StoredEvent[], step: number): TaskValues | undefined =>
  events.filter((event) => event.type === 'evaluation' && event.step === step).at(-1)?.values as TaskValues | undefined;
