/** Computes the metrics of an exported model over a split of any data set. */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Dataset } from '../data/dataset.js';
import { type DataConfig, openDataset, splitsOf } from '../data/index.js';
import { openEvaluation } from '../data/loader.js';
import { labelFor } from '../data/task-labels.js';
import { NddrError } from '../errors.js';
import type { TaskConfig } from '../tasks/index.js';
import type { Task } from '../tasks/task.js';
import type { ModelFacts } from '../train/model-facts.js';
import type { Views } from '../train/views.js';
import type { Config } from './config.js';
import { readConfig } from './config-file.js';
import { type Judgement, judging, type Seen } from './judge.js';
import { type OpenModelOptions, openModel } from './model.js';

export interface JudgeFileOptions extends Pick<OpenModelOptions, 'run' | 'threads' | 'device' | 'allowModule'> {
  /** The model file. */
  readonly path: string;
  /** A folder with a dataset.json, or a configuration file, whose data set is taken. */
  readonly data: string;
  /** By default `test`, or else `val`, or else the only one. */
  readonly split?: string;
  /** Settings that replace those of the configuration file. */
  readonly set?: readonly string[];
  /** Answers are means over these views. Without it the image alone is answered. */
  readonly views?: Views;
  /** Called once, before the first image. */
  readonly opened?: (opened: OpenedFile) => void;
  /** Called after each image. */
  readonly seen?: (seen: Seen) => void;
}

/** What is about to be judged. */
export interface OpenedFile {
  readonly facts: ModelFacts;
  /** The tasks that are judged: those that the data set has labels of. */
  readonly tasks: readonly Task[];
  readonly split: string;
  readonly images: number;
  /** Sentences on what is not judged, or is another thing than it seems. */
  readonly notes: readonly string[];
}

export type FileJudgement = OpenedFile & Pick<Judgement, 'values' | 'perClass'>;

/** Threads that read samples. */
const WORKERS = 1;

/**
 * Computes every metric of a model file over a split, of the tasks that the data set has labels of.
 * @throws NddrError when the file or the data set cannot be opened, when no task has a label, or one has other classes
 */
export async function judgeFile(options: JudgeFileOptions): Promise<FileJudgement> {
  const { path, views, set = [], run, threads, device, allowModule } = options;
  const { data, tasks: settings, swap } = chosenData(options.data, set);
  const split = options.split ?? defaultSplit(await splitsOf(data));
  const dataset = await openDataset(data, split);
  const { facts, predictor } = await openModel(path, { run, threads, device, allowModule });
  try {
    const { tasks, labels, notes } = labelled(predictor.tasks, settings, dataset);
    const what: OpenedFile = {
      facts,
      tasks,
      split,
      images: dataset.length,
      notes: [...notes, ...decided(facts, tasks)],
    };
    options.opened?.(what);
    const read = Object.fromEntries(tasks.map((task) => [task.name, { ...task.settings, from: labels[task.name] }]));
    const samples = openEvaluation({ data, split, tasks: read as Record<string, TaskConfig>, workers: WORKERS });
    const steps = judging(predictor, { tasks, samples, total: dataset.length, views: views && { swap, ...views } });
    try {
      let next = await steps.next();
      for (; !next.done; next = await steps.next()) options.seen?.(next.value);
      return { ...what, ...next.value };
    } finally {
      await steps.return(undefined as never);
    }
  } finally {
    await predictor.close();
  }
}

interface Chosen {
  readonly data: DataConfig;
  /** The tasks of a configuration, of which the labels are taken. */
  readonly tasks: Config['tasks'];
  readonly swap?: Views['swap'];
}

/** The data set that `--data` names. @throws NddrError when it names none */
function chosenData(choice: string, set: readonly string[]): Chosen {
  if (!existsSync(choice))
    throw new NddrError(
      `--data ${choice}: there is no such file or folder. Name a folder of images and labels with a dataset.json, or a ` +
        'configuration file such as examples/camvid.json.',
    );
  if (!statSync(choice).isDirectory()) {
    const { data, tasks, train } = readConfig(choice, set);
    return { data, tasks, swap: train.augment.swap };
  }
  if (set.length > 0) throw new NddrError(`--set ${set[0]}: --data ${choice} is a folder. Name a configuration file.`);
  if (!existsSync(join(choice, 'dataset.json')))
    throw new NddrError(`--data ${choice}: the folder has no dataset.json. Make one: npx nddr data init ${choice}`);
  return { data: { kind: 'folder', root: resolve(choice) }, tasks: {} };
}

function defaultSplit(splits: readonly string[]): string {
  const found = ['test', 'val'].find((name) => splits.includes(name)) ?? (splits.length === 1 ? splits[0] : undefined);
  if (found !== undefined) return found;
  throw new NddrError(`The data set has the splits ${splits.join(', ')}. Choose one with --split.`);
}

/** The tasks that the data set has labels of, with the names of these labels. */
function labelled(all: readonly Task[], settings: Config['tasks'], dataset: Dataset) {
  const labels: Record<string, string> = {};
  const notes: string[] = [];
  for (const task of all) {
    try {
      labels[task.name] = labelFor(task.name, { kind: task.kind, from: settings[task.name]?.from }, dataset);
    } catch (error) {
      if (!(error instanceof NddrError)) throw error;
      notes.push(`${task.name} is not judged: ${error.message}`);
      continue;
    }
    requireSameMeaning(task, dataset, labels[task.name]);
  }
  const tasks = all.filter(({ name }) => name in labels);
  if (tasks.length > 0) return { tasks, labels, notes };
  throw new NddrError(`Data set "${dataset.name}" judges no task of the model:\n${notes.join('\n')}`);
}

/** @throws NddrError when classes or names of numbers of the data set are not those of the model */
function requireSameMeaning({ name, settings = { kind: '' } }: Task, dataset: Dataset, label: string): void {
  for (const key of ['classes', 'names'] as const) {
    const [own, theirs] = [settings[key], dataset.labels[label][key]];
    if (!Array.isArray(own) || !theirs || own.join('\n') === theirs.join('\n')) continue;
    let at = 0;
    while (own[at] === theirs[at]) at++;
    const shown = (list: readonly unknown[]) => (at < list.length ? `"${list[at]}"` : 'none');
    throw new NddrError(
      `${name}: the ${own.length} ${key} of the model are not the ${theirs.length} of "${label}" in data set ` +
        `"${dataset.name}": number ${at} is ${shown(own)} in the model and ${shown(theirs)} in the data set.`,
    );
  }
}

/** What to say of metrics that need probabilities, where the file decides. */
function decided({ outputs }: ModelFacts, tasks: readonly Task[]): string[] {
  const names = tasks.filter(({ decide }) => decide).map(({ name }) => name);
  if (outputs !== 'decisions' || names.length === 0) return [];
  return [
    `The file answers with decisions: metrics of ${names.join(', ')} that use probabilities (top5, mAP, odsF, maxF) judge ` +
      'answers of 0 and 1.',
  ];
}
