/** The data set of an experiment (`--data`), and the tasks that it has labels for. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { openDataset } from '../../data/index.js';
import { labelFor } from '../../data/task-labels.js';
import { NddrError } from '../../errors.js';
import { isObject, type JsonObject } from '../../json.js';
import { suggest } from '../../schema.js';
import type { TaskConfig } from '../../tasks/index.js';
import type { Config } from '../config.js';
import { readJson, resolvePaths, setAt } from '../config-file.js';
import type { Experiment } from './experiment.js';

export interface DataChoice {
  /** Becomes part of the name of the folder of results. */
  readonly name: string;
  /** The key of this data set in `on` of the experiment; missing for a folder or a file. */
  readonly known?: string;
  /** Writes its settings into the configuration that all rows share. */
  apply(config: JsonObject): void;
}

const ROOMS = 'rooms';

/**
 * The data set that `--data` names: `rooms`, a data set that the experiment has settings for, a folder with a
 * dataset.json, or a configuration file, which gives the data set, its tasks and how to train on it.
 * @throws NddrError when it is none of these
 */
export function chooseData(choice: string, experiment: Experiment): DataChoice {
  const known = [...new Set([ROOMS, ...Object.keys(experiment.on)])];
  if (known.includes(choice)) {
    return { name: choice, known: choice, apply: (config) => choice === ROOMS && useRooms(config) };
  }
  if (!existsSync(choice)) {
    throw new NddrError(
      `--data ${choice}: there is no such file or folder. Name a folder of images and labels, a configuration file ` +
        `such as examples/camvid.json, or one of: ${known.join(', ')}${/[/.]/.test(choice) ? '' : ` (${suggest(choice, known)})`}`,
    );
  }
  if (statSync(choice).isDirectory()) {
    if (!existsSync(join(choice, 'dataset.json')))
      throw new NddrError(`--data ${choice}: the folder has no dataset.json. Make one: npx nddr data init ${choice}`);
    const data = { kind: 'folder', root: resolve(choice) };
    return { name: basename(data.root), apply: (config) => setAt(config, ['data'], data, choice) };
  }
  const file = readJson(choice);
  resolvePaths(file, dirname(choice));
  if (!isObject(file.data)) throw new NddrError(`${choice} has no section "data", as examples/camvid.json has.`);
  return { name: basename(choice, '.json'), apply: (config) => applyFile(config, structuredClone(file), choice) };
}

/** Chooses rooms, and keeps the experiment's own settings for them. */
function useRooms(config: JsonObject): void {
  if (!isObject(config.data) || config.data.kind !== ROOMS) config.data = { kind: ROOMS };
}

/**
 * Takes data, tasks and training from a configuration file; the networks that are compared stay those of the
 * experiment.
 */
function applyFile(config: JsonObject, { data, tasks, network, train, evaluate }: JsonObject, where: string): void {
  setAt(config, ['data'], data, where);
  if (tasks !== undefined) setAt(config, ['tasks'], tasks, where);
  const merge = (path: readonly string[], values: unknown) => {
    if (isObject(values))
      for (const [key, value] of Object.entries(values)) setAt(config, [...path, key], value, where);
  };
  merge(['train'], train);
  merge(['evaluate'], evaluate);
  const backbone = isObject(network) ? network.backbone : undefined;
  const own = isObject(config.network) ? config.network.backbone : undefined;
  // Width and dropout of the backbone suit the data set. Those of another backbone would have no meaning.
  if (isObject(backbone) && (!isObject(own) || own.kind === backbone.kind)) merge(['network', 'backbone'], backbone);
}

/**
 * Names of the tasks of a configuration that its data set has labels for.
 * @param optional tasks that may be left out
 * @throws NddrError when labels of another task are missing, or no task has any
 */
export async function labelledTasks(
  { data, tasks, train }: Pick<Config, 'data' | 'tasks' | 'train'>,
  optional: readonly string[],
): Promise<string[]> {
  const dataset = await openDataset(data, train.split);
  const labelled = Object.entries(tasks).filter(([name, task]) => {
    try {
      labelFor(name, task as TaskConfig, dataset);
      return true;
    } catch (error) {
      if (!(error instanceof NddrError)) throw error;
      if (optional.includes(name)) return false;
      const way = 'Choose another data set (--data), or the tasks that this one has: --set tasks={...}.';
      throw new NddrError(`${error.message}. ${way}`, { cause: error });
    }
  });
  if (labelled.length === 0)
    throw new NddrError(`Data set "${dataset.name}" teaches none of ${Object.keys(tasks).join(', ')}.`);
  return labelled.map(([name]) => name);
}
