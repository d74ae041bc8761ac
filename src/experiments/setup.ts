/** From a configuration to the things it names. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadBackbone } from '../backbones/index.js';
import type { PackableDataset } from '../data/dataset.js';
import { type ClassShares, classShares } from '../data/frequency.js';
import { labelFor, settingsFor } from '../data/teach.js';
import { NddrError } from '../errors.js';
import { createFusion } from '../fusion/index.js';
import type { NetworkOptions } from '../network.js';
import { frequencyWeights } from '../tasks/classes.js';
import { createTask, type TaskConfig } from '../tasks/index.js';
import type { Task } from '../tasks/task.js';
import type { Config } from './config.js';
import { assertKnownModule, type ModuleAccess } from './module-access.js';
import { completeSplits, openSplit, requireTaught, unjudged } from './splits.js';

/**
 * Writes into the tasks what their data set knows of them (its label, classes and colours), counts the classes of those
 * that are weighed by frequency, and says which splits choose and are reported: from then on the configuration is
 * enough to build the network.
 * @param note hears what was counted
 * @throws NddrError when a split of the data set cannot be opened, teaches a task nothing, or judges no task
 */
export async function completeConfig(given: Config, note: (message: string) => void = () => {}): Promise<Config> {
  const config = await completeSplits(given);
  const dataset = await openSplit(config, config.train.split);
  const tasks = Object.entries(config.tasks).map(([name, task]): [string, TaskConfig] => {
    const from = labelFor(name, task, dataset);
    return [name, { ...settingsFor(name, task, dataset.labels[from]), from }];
  });
  const complete = { ...config, tasks: Object.fromEntries(tasks) };
  await requireTaught(complete);
  // What evaluation needs is missed now, and not after the first five hundred steps.
  for (const split of new Set([config.evaluate.split, config.evaluate.report])) {
    if ((await unjudged(complete, split)).length === tasks.length)
      throw new NddrError(`The split "${split}" has no label of any task: nothing can be judged on it.`);
  }
  for (const [name, task] of tasks)
    if (task.classWeights === 'frequency') await weigh(name, task, config, note, dataset);
  return complete;
}

/** What was counted in this process: the rows of a table have their data in common. */
const counted = new Map<string, Promise<ClassShares>>();

/** Puts numbers in the place of `classWeights: "frequency"`. */
async function weigh(
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

/**
 * The network of a complete configuration.
 * @throws NddrError when a task's settings are wrong, the file of a backbone of one's own does not hold one, or that
 *   file may not be imported
 */
export async function networkOf(config: Config, { allowModule }: ModuleAccess = {}): Promise<NetworkOptions> {
  const { backbone, fusion, padding, mean, deviation } = config.network;
  return {
    backbone: await loadBackbone(backbone, async (path) => {
      if (!allowModule) await assertKnownModule(path);
      return import(pathToFileURL(resolve(path)).href);
    }),
    fusion: createFusion(fusion),
    tasks: tasksOf(config),
    normalisation: { mean, deviation },
    padding,
  };
}
