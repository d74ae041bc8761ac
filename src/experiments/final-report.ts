/** What a finished training reports: one evaluation of its weights, on the split that chose nothing. */
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
      /** The step that the weights are of: earlier than `step` where the best ones are reported. */
      readonly weightsStep: number;
      /** Left out where an evaluation of the training is repeated. */
      readonly images?: number;
      readonly values: TaskValues;
    };

type Done = Extract<TrainingEvent, { type: 'done' | 'stopped' }>;

/**
 * Judges `evaluate.report` with `evaluate.weights`, and ends with `done`; once aborted, with `stopped`.
 * @param done the end of the training, where it has just come
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
  // The split that chose was judged with these weights already.
  const known = report === split ? evaluationAt(await folder.readEvents(), weightsStep) : undefined;
  if (known) yield { type: 'final', step, split, weights, weightsStep, values: known };
  else {
    const judging = judgeSplit(folder, config, { threads: config.train.threads ?? undefined, allowModule });
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
