/** Opens what a server answers with. */
import { openPredictor, openRun } from '../experiments/judge.js';
import type { Answering } from '../experiments/prediction/answer.js';
import { runWeights } from '../experiments/weights.js';
import type { ServedModel } from './messages.js';
import type { ModelOptions } from './settings.js';

interface Opened {
  readonly network: Answering & { close(): Promise<void> };
  readonly model: ServedModel;
}

/** Opens a run. @throws NddrError as `openPredictor` */
export async function openModel({ path, weights = 'best', threads, set, allowModule }: ModelOptions): Promise<Opened> {
  const network = await openPredictor(path, { weights, threads, set, allowModule });
  const { folder, config } = await openRun(path, set);
  const { step } = await runWeights(folder, weights);
  const tasks = network.tasks.map(({ name, kind, level, legend, describe }) => ({
    ...describe,
    ...{ name, kind, level, legend },
  }));
  return { network, model: { name: config.name, step, tasks } };
}
