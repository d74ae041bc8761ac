/** All kinds of tasks. A new one is one file and one row of `taskKinds`: docs/guides/add-a-task.md. */
import { NddrError } from '../errors.js';
import { suggest } from '../schema.js';
import { boundaries } from './boundaries.js';
import { classification } from './classification.js';
import { depth } from './depth.js';
import { multilabel } from './multilabel.js';
import { normals } from './normals.js';
import { parts } from './parts.js';
import { regression } from './regression.js';
import { saliency } from './saliency.js';
import { segmentation } from './segmentation.js';
import type { TaskDefinition } from './settings.js';
import type { Task } from './task.js';

/** Every kind of task: its settings, as a schema, and how to make one. */
export const taskKinds = {
  segmentation,
  normals,
  depth,
  boundaries,
  parts,
  saliency,
  classification,
  multilabel,
  regression,
} satisfies Record<string, TaskDefinition>;

export type TaskKind = keyof typeof taskKinds;

/** The settings of one task in a configuration; which keys a kind takes is up to its file. */
export interface TaskConfig {
  readonly kind: string;
  readonly [key: string]: unknown;
}

const isKind = (kind: string): kind is TaskKind => Object.hasOwn(taskKinds, kind);

/** The definition of a task's kind. @throws NddrError for an unknown kind, naming the nearest known one */
export function definitionOf(name: string, { kind }: TaskConfig): TaskDefinition {
  if (isKind(kind)) return taskKinds[kind];
  throw new NddrError(`Task "${name}": unknown kind "${kind}"; ${suggest(String(kind), Object.keys(taskKinds))}`);
}

/**
 * Creates the task `name`. Keys of `config` whose value is undefined count as absent.
 * @throws NddrError for an unknown kind or key, naming the nearest known one, and for a value that does not fit
 */
export const createTask = (name: string, config: TaskConfig): Task => definitionOf(name, config).create(name, config);
