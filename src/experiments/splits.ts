/**
 * The splits of a run: the one that is trained on, the one that chooses the best weights, and the one that is
 * reported.
 */
import { existsSync } from 'node:fs';
import type { PackableDataset } from '../data/dataset.js';
import { type Split, splitName } from '../data/hold-out.js';
import { openDataset, splitsOf } from '../data/index.js';
import type { ReadConfig } from '../data/produce.js';
import { NddrError } from '../errors.js';
import type { Config } from './config.js';

/** Stands in place of a split's name for a part of the training split that is not trained on. */
export const HELD_OUT = 'held-out';

/** The default names of the choosing and of the reported split, which are replaced where the data set lacks them. */
const [CHOOSING, REPORTED] = ['val', 'test'];

type Chosen = Pick<Config, 'data' | 'train' | 'evaluate'>;

/** Whether a part of the training split is held out. */
const holdsOut = ({ evaluate }: Pick<Config, 'evaluate'>): boolean =>
  evaluate.split === HELD_OUT || evaluate.report === HELD_OUT;

/** The samples that a split's name stands for in a run: for the training split, those that are not held out. */
function splitOf(config: Omit<Chosen, 'data'>, name: string): Split {
  const { train, evaluate } = config;
  if (name === HELD_OUT) return { of: train.split, share: evaluate.holdOut, side: 'held' };
  if (name === train.split && holdsOut(config)) return { of: name, share: evaluate.holdOut, side: 'rest' };
  return name;
}

/** Why the held-out part of a run that has none cannot be evaluated, in words. */
const nothingHeldOut = ({ train }: Pick<Config, 'train'>): string =>
  `the run was trained on all of "${train.split}". Name a split that it was not trained on.`;

/**
 * Checks that the held-out part of an existing run stays what it was not trained on.
 * @throws NddrError where changed settings would evaluate images that it was trained on as if they were held out
 */
export function requireSameHoldOut(path: string, before: Chosen, after: Chosen): void {
  for (const key of ['split', 'report'] as const)
    if (after.evaluate[key] === HELD_OUT && !holdsOut(before))
      throw new NddrError(
        `${path}: evaluate.${key} cannot become "${HELD_OUT}" (there is no such split, or it was asked for): ` +
          nothingHeldOut(after),
      );
  if (holdsOut(before) && after.evaluate.holdOut !== before.evaluate.holdOut)
    throw new NddrError(`${path}: evaluate.holdOut cannot change: the run was trained on the rest.`);
}

/** The options with which a split is read. */
export const reading = (config: Config, split: string): ReadConfig => ({
  data: config.data,
  tasks: config.tasks,
  split: splitOf(config, split),
});

/**
 * Opens a split of a run's data.
 * @throws NddrError naming the key to set where the data are not there; where nothing is held out and that is asked for
 */
export async function openSplit(config: Chosen, name: string): Promise<PackableDataset> {
  if (name === HELD_OUT && !holdsOut(config)) throw new NddrError(nothingHeldOut(config));
  requireData(config.data);
  return openDataset(config.data, splitOf(config, name));
}

/** @throws NddrError when the folder of a data set, or the file that describes it, does not exist here */
function requireData(data: Config['data'], key = 'data'): void {
  if (data.kind === 'join') {
    for (const [i, part] of data.parts.entries()) requireData(part, `${key}.parts.${i}`);
  } else if (data.kind === 'folder') {
    const { root, description } = data;
    const missing = (what: 'root' | 'description', path: string) =>
      new NddrError(`${key}.${what}: ${path} does not exist. Where the data lie elsewhere: --set ${key}.${what}=PATH.`);
    if (!existsSync(root)) throw missing('root', root);
    if (typeof description === 'string' && !existsSync(description)) throw missing('description', description);
  }
}

/**
 * Replaces default splits that the data set lacks: `val` by a held-out part of the training split, `test` by the split
 * that chooses.
 * @throws NddrError when another split is named that does not exist, or the held-out part would be empty
 */
export async function completeSplits<C extends Chosen>(config: C): Promise<C> {
  requireData(config.data);
  const known = await splitsOf(config.data);
  if (known.includes(HELD_OUT))
    throw new NddrError(`The data set has a split "${HELD_OUT}": the name stands for a share of another. Rename it.`);
  const { evaluate } = config;
  const split = evaluate.split === CHOOSING && !known.includes(CHOOSING) ? HELD_OUT : evaluate.split;
  const report = evaluate.report === REPORTED && !known.includes(REPORTED) ? split : evaluate.report;
  const complete = { ...config, evaluate: { ...evaluate, split, report } };
  for (const name of [config.train.split, split, report]) await openSplit(complete, name);
  return complete;
}

/** Sentences for the user on the splits of a configuration; none where it has three separate ones. */
export async function splitNotes(config: Config): Promise<string[]> {
  const { train, evaluate } = config;
  const notes: string[] = [];
  if (holdsOut(config)) {
    const [held, rest] = [await openSplit(config, HELD_OUT), await openSplit(config, train.split)];
    const all = held.length + rest.length;
    notes.push(
      `"${HELD_OUT}": ${held.length} of the ${all} images of "${train.split}" are not trained on ` +
        `(evaluate.holdOut ${evaluate.holdOut}); ${rest.length} are.`,
    );
  }
  if (evaluate.split === train.split)
    notes.push(`The best weights are chosen on "${train.split}", which is trained on (evaluate.split).`);
  if (evaluate.report === evaluate.split)
    notes.push(
      `The reported metrics are those on "${evaluate.split}", on which the best weights are chosen too, so they are ` +
        'somewhat too good: the data set has no other split, or evaluate.report names this one.',
    );
  return notes;
}

/** Tasks without any label in a split, as far as files and tables show. */
export async function unlabelledTasks(config: Config, name: string): Promise<string[]> {
  const dataset = await openSplit(config, name);
  const lacks = (label: unknown) =>
    typeof label === 'string' &&
    (!Object.hasOwn(dataset.labels, label) ||
      (dataset.labelled !== undefined && none(dataset.length, (i) => dataset.labelled?.(i, label) === true)));
  return Object.entries(config.tasks).flatMap(([task, { from }]) => (lacks(from) ? [task] : []));
}

/** @throws NddrError when a task has no label in the whole training split, as far as files and tables show */
export async function requireTrainingLabels(config: Config): Promise<void> {
  const [task] = await unlabelledTasks(config, config.train.split);
  if (task)
    throw new NddrError(
      `No sample of "${splitName(splitOf(config, config.train.split))}" has a label of "${task}" ` +
        `(tasks.${task}.from: ${String(config.tasks[task].from)}). Leave the task out, or add labels.`,
    );
}

const none = (count: number, holds: (index: number) => boolean): boolean => {
  for (let i = 0; i < count; i++) if (holds(i)) return false;
  return true;
};
