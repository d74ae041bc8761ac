/** Completes configurations by what their data know, and builds tasks and networks of them; free of files. */
import type { ImportModule } from '../backbones/index.js';
import { loadBackbone } from '../backbones/index.js';
import type { PackableDataset } from '../data/dataset.js';
import { type ClassShares, classShares } from '../data/frequency.js';
import { labelFor, settingsFor } from '../data/task-labels.js';
import { NddrError } from '../errors.js';
import { createFusion } from '../fusion/index.js';
import { type NetworkOptions, type Normalisation, requireSize } from '../network.js';
import { frequencyWeights } from '../tasks/classes.js';
import { createTask, type TaskConfig } from '../tasks/index.js';
import type { Task } from '../tasks/task.js';
import type { Config } from './config.js';
import type { Splits } from './split-choice.js';

/**
 * Adds to each task its label and the classes and colours that the data set has for it, counts the classes of tasks that
 * are weighted by frequency, and names the splits that choose the weights and are reported.
 * @param note called with a sentence on what was counted
 * @throws NddrError when a split of the data set cannot be opened, has no label for a task that trains on it, or has no
 *   label of any task to evaluate
 */
export async function completeFrom(splits: Splits, given: Config, note: (message: string) => void): Promise<Config> {
  const config = await splits.complete(given);
  const dataset = await splits.open(config, config.train.split);
  const tasks = Object.entries(config.tasks).map(([name, task]): [string, TaskConfig] => {
    const from = labelFor(name, task, dataset);
    return [name, { ...settingsFor(name, task, dataset.labels[from]), from }];
  });
  const complete = { ...config, tasks: Object.fromEntries(tasks) };
  await splits.requireTrainingLabels(complete);
  // Missing labels for evaluation are reported now, and not by the first evaluation.
  for (const split of new Set([config.evaluate.split, config.evaluate.report])) {
    if ((await splits.unlabelledTasks(complete, split)).length === tasks.length)
      throw new NddrError(`The split "${split}" has no label of any task: nothing can be judged on it.`);
  }
  for (const [name, task] of tasks)
    if (task.classWeights === 'frequency') await setFrequencyWeights(name, task, config, note, dataset);
  return complete;
}

/** Counts of this process, by data set and label: the rows of an experiment share them. */
const counted = new Map<string, Promise<ClassShares>>();

/** Replaces `classWeights: "frequency"` by numbers. */
async function setFrequencyWeights(
  name: string,
  task: Record<string, unknown>,
  { data, evaluate, train: { split } }: Config,
  note: (message: string) => void,
  dataset: PackableDataset,
): Promise<void> {
  const classes = task.classes as readonly string[];
  const from = task.from as string;
  const key = JSON.stringify([data, evaluate, split, from, classes.length]);
  const counting = counted.get(key) ?? classShares(dataset, from, classes.length);
  counted.set(key, counting);
  const { shares, samples, of } = await counting;
  if (!shares.some((share) => share > 0)) {
    throw new NddrError(
      `tasks.${name}.classWeights is "frequency", but of ${samples} labels "${from}" of "${split}" none shows a class.`,
    );
  }
  const weights = frequencyWeights(shares);
  task.classWeights = weights;
  const percent = (share: number) => `${Number((100 * share).toPrecision(2))} %`;
  const list = classes.map((label, c) => `${label} ${percent(shares[c])}: ${weights[c]}`).join(', ');
  const looked = samples < of ? `${samples} of the ${of}` : `all ${of}`;
  note(`tasks.${name}: weights of the classes by their share of ${looked} labels of "${split}": ${list}.`);
}

/** The tasks of a complete configuration. @throws NddrError when a task's settings are wrong */
export const tasksOf = ({ tasks }: Config): Task[] =>
  Object.entries(tasks).map(([name, { from: _, ...settings }]) => createTask(name, settings as TaskConfig));

/** Of VGG-16 in Caffe, and as published. */
export const DEFAULT_NORMALISATION: Normalisation = {
  mean: [122.67891434, 116.66876762, 104.00698793],
  deviation: [1, 1, 1],
};

/** What the network subtracts from colours and divides them by; the standard where the configuration leaves it open. */
export const normalisationOf = ({ mean, deviation }: Config['network']): Normalisation => ({
  mean: mean ?? DEFAULT_NORMALISATION.mean,
  deviation: deviation ?? DEFAULT_NORMALISATION.deviation,
});

/**
 * The network of a complete configuration.
 * @param importModule imports the module of a custom backbone
 * @throws NddrError when a task's settings are wrong, or the module holds no backbone
 */
export async function networkWith(config: Config, importModule: ImportModule): Promise<NetworkOptions> {
  const { backbone, fusion, padding } = config.network;
  return {
    backbone: await loadBackbone(backbone, importModule),
    fusion: createFusion(fusion),
    tasks: tasksOf(config),
    normalisation: normalisationOf(config.network),
    padding,
  };
}

/** @throws NddrError naming the settings when crops are smaller than the network takes */
export function requireCrop(network: NetworkOptions, { height, width }: Config['train']): void {
  try {
    requireSize(network, height, width);
  } catch (error) {
    if (!(error instanceof NddrError)) throw error;
    throw new NddrError(`train.height ${height}, train.width ${width}: ${error.message}`, { cause: error });
  }
}
