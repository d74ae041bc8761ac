/** From a configuration to the things it names. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadBackbone } from '../backbones/index.js';
import { openDataset } from '../data/index.js';
import type { ReadConfig } from '../data/produce.js';
import { labelFor, lessonsOf, settingsFor } from '../data/teach.js';
import { createFusion } from '../fusion/index.js';
import type { NetworkOptions } from '../network.js';
import { createTask, type TaskConfig } from '../tasks/index.js';
import type { Task } from '../tasks/task.js';
import type { Config } from './config.js';

/**
 * Writes into the tasks what their data set knows of them (its label, classes and colours): from then on the
 * configuration is enough to build the network.
 * @throws NddrError when a split of the data set cannot be opened or teaches a task nothing
 */
export async function completeConfig(config: Config): Promise<Config> {
  const dataset = await openDataset(config.data, config.train.split);
  const tasks = Object.entries(config.tasks).map(([name, task]): [string, TaskConfig] => {
    const from = labelFor(name, task, dataset);
    return [name, { ...settingsFor(name, task, dataset.labels[from]), from }];
  });
  const complete = { ...config, tasks: Object.fromEntries(tasks) };
  // What evaluation needs is missed now, and not after the first five hundred steps.
  lessonsOf(complete.tasks, await openDataset(config.data, config.evaluate.split));
  return complete;
}

/** The tasks of a complete configuration. @throws NddrError when a task's settings are wrong */
export const tasksOf = ({ tasks }: Config): Task[] =>
  Object.entries(tasks).map(([name, { from: _, ...settings }]) => createTask(name, settings as TaskConfig));

/**
 * The network of a complete configuration.
 * @throws NddrError when a task's settings are wrong, or the file of a backbone of one's own does not hold one
 */
export async function networkOf(config: Config): Promise<NetworkOptions> {
  const { backbone, fusion, padding, mean, deviation } = config.network;
  return {
    backbone: await loadBackbone(backbone, (path) => import(pathToFileURL(resolve(path)).href)),
    fusion: createFusion(fusion),
    tasks: tasksOf(config),
    normalisation: { mean, deviation },
    padding,
  };
}

/** How a split is read for training or evaluation. */
export const reading = ({ data, tasks }: Config, split: string): ReadConfig => ({ data, tasks, split });
