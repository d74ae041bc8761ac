import { NddrError } from '../errors.js';
import { suggest } from '../schema.js';
import { createTask, definitionOf, type TaskConfig } from '../tasks/index.js';
import type { Task } from '../tasks/task.js';
import type { Dataset, LabelInfo } from './dataset.js';

/** A task, and the label of a data set that it is trained and evaluated on. */
export interface TaskWithLabel {
  readonly label: string;
  readonly task: Task;
}

/**
 * Creates the tasks of a data set, each with its label. The label of a task is the one named by `from` in its settings,
 * else the one with the task's own name, else the only one of a kind that the task can be trained on, better fitting
 * kinds first. Classes, colours and the like come from the data set.
 * @param missing what happens to a task whose settings name a label (`from`) that the data set does not have: an error,
 *   or the task is created without a label, from its settings alone
 * @throws NddrError naming the task when there is no such label, or several, or its classes differ
 */
export function tasksWithLabels(
  tasks: Readonly<Record<string, TaskConfig>>,
  dataset: Dataset,
  missing: 'refused' | 'without label' = 'refused',
): Record<string, TaskWithLabel> {
  return Object.fromEntries(
    Object.entries(tasks).map(([name, config]) => {
      const { from, ...settings } = config;
      if (missing === 'without label' && typeof from === 'string' && !Object.hasOwn(dataset.labels, from))
        return [name, { label: from, task: createTask(name, settings as TaskConfig) }];
      const label = labelFor(name, config, dataset);
      return [name, { label, task: createTask(name, settingsFor(name, config, dataset.labels[label])) }];
    }),
  );
}

/**
 * The name of the label of a task; see `tasksWithLabels`.
 * @throws NddrError where there is none, or there are several
 */
export function labelFor(task: string, config: TaskConfig, { name, labels }: Pick<Dataset, 'name' | 'labels'>): string {
  const { from } = config;
  const { taughtBy } = definitionOf(task, config);
  const kind = taughtBy.join(' or ');
  const byKind = taughtBy.map((one) => Object.keys(labels).filter((label) => labels[label].kind === one));
  const ofKind = byKind.flat();
  const stated = typeof from === 'string' ? from : Object.hasOwn(labels, task) ? task : undefined;
  if (stated !== undefined) {
    if (ofKind.includes(stated)) return stated;
    const found = Object.hasOwn(labels, stated)
      ? `the label "${stated}" is of kind ${labels[stated].kind}`
      : `no label "${stated}"`;
    throw new NddrError(
      `tasks.${task}: ${found} in data set "${name}", expected one of kind ${kind} ` +
        `(set tasks.${task}.from); ${suggest(stated, ofKind)}`,
    );
  }
  const best = byKind.find((found) => found.length > 0) ?? [];
  if (best.length === 1) return best[0];
  throw new NddrError(
    ofKind.length === 0
      ? `tasks.${task}: data set "${name}" has no label of kind ${kind} (labels: ${Object.keys(labels).join(', ')})`
      : `tasks.${task}: data set "${name}" has several labels of kind ${kind}; set tasks.${task}.from to one of ` +
          ofKind.join(', '),
  );
}

/**
 * The settings of a task, without `from`, completed by those that the data set knows, such as classes.
 * @throws NddrError where the task has another number of classes than the data set
 */
export function settingsFor(task: string, { from: _, kind, ...settings }: TaskConfig, info: LabelInfo): TaskConfig {
  const { shape } = definitionOf(task, { kind }).settings;
  const { kind: __, ...facts } = info;
  const known = Object.entries(facts).filter(([key, value]) => Object.hasOwn(shape, key) && value !== undefined);
  for (const key of ['classes', 'names'] as const) {
    const [own, theirs] = [settings[key], info[key]];
    if (!theirs || !Array.isArray(own) || own.length === theirs.length) continue;
    throw new NddrError(
      `tasks.${task}.${key}: ${own.length} ${key}, but the data set has ${theirs.length}; ` +
        'leave the key out to use those of the data set',
    );
  }
  // The kind comes first, as in a configuration that is read back.
  return { kind, ...Object.fromEntries(known), ...settings };
}
