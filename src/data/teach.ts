import { NddrError } from '../errors.js';
import { suggest } from '../schema.js';
import { createTask, type TaskConfig } from '../tasks/index.js';
import type { Task } from '../tasks/task.js';
import type { Dataset, LabelInfo } from './dataset.js';

/** A task, and the label of a data set that teaches it. */
export interface Lesson {
  readonly label: string;
  readonly task: Task;
}

/**
 * Creates the tasks as a data set teaches them. The label of a task is the one named by `from` in its settings, else
 * the one with the task's own name, else the only one of its kind; classes and colours come from the data set.
 * @throws NddrError naming the task when there is no such label, or several, or its classes differ
 */
export function lessonsOf(tasks: Readonly<Record<string, TaskConfig>>, dataset: Dataset): Record<string, Lesson> {
  return Object.fromEntries(
    Object.entries(tasks).map(([name, config]) => {
      const label = labelFor(name, config, dataset);
      return [name, { label, task: createTask(name, settingsFor(name, config, dataset.labels[label])) }];
    }),
  );
}

/** The name of the label that teaches a task; see `lessonsOf`. */
export function labelFor(task: string, { kind, from }: TaskConfig, { name, labels }: Dataset): string {
  const ofKind = Object.keys(labels).filter((label) => labels[label].kind === kind);
  const stated = typeof from === 'string' ? from : task in labels ? task : undefined;
  if (stated !== undefined) {
    if (ofKind.includes(stated)) return stated;
    const found = stated in labels ? `the label "${stated}" is of kind ${labels[stated].kind}` : `no label "${stated}"`;
    throw new NddrError(
      `tasks.${task}: ${found} in data set "${name}", expected one of kind ${kind} ` +
        `(set tasks.${task}.from); ${suggest(stated, ofKind)}`,
    );
  }
  if (ofKind.length === 1) return ofKind[0];
  throw new NddrError(
    ofKind.length === 0
      ? `tasks.${task}: data set "${name}" has no label of kind ${kind} (labels: ${Object.keys(labels).join(', ')})`
      : `tasks.${task}: data set "${name}" has several labels of kind ${kind}; set tasks.${task}.from to one of ` +
          ofKind.join(', '),
  );
}

/** The settings that a task itself takes: `from` left out, classes and colours added where the data set knows them. */
export function settingsFor(task: string, { from: _, kind, ...settings }: TaskConfig, info: LabelInfo): TaskConfig {
  const { classes, colours } = info;
  if (!classes) return { kind, ...settings };
  if (Array.isArray(settings.classes) && settings.classes.length !== classes.length) {
    throw new NddrError(
      `tasks.${task}.classes: ${settings.classes.length} classes, but the data set has ${classes.length}; ` +
        'leave the key out to take those of the data set',
    );
  }
  // The kind comes first, as in a configuration that is read back.
  return { kind, classes, ...(colours && { colours }), ...settings };
}
