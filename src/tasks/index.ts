import { NddrError } from '../errors.js';
import { suggest } from '../schema.js';
import { boundaries } from './boundaries.js';
import { depth } from './depth.js';
import { normals } from './normals.js';
import { segmentation } from './segmentation.js';
import type { TaskDefinition } from './settings.js';
import type { Task } from './task.js';

/** Every kind of task: its settings, as a schema, and how to make one. */
export const taskKinds = { segmentation, normals, depth, boundaries } satisfies Record<string, TaskDefinition>;

export type TaskKind = keyof typeof taskKinds;

/** The settings of one task in a configuration; which keys a kind takes is up to its file. */
export interface TaskConfig {
  readonly kind: string;
  readonly [key: string]: unknown;
}

const isKind = (kind: string): kind is TaskKind => Object.hasOwn(taskKinds, kind);

/**
 * Creates the task `name`. Keys of `config` whose value is undefined count as absent.
 * @throws NddrError for an unknown kind or key, naming the nearest known one, and for a value that does not fit
 */
export function createTask(name: string, config: TaskConfig): Task {
  if (isKind(config.kind)) return taskKinds[config.kind].create(name, config);
  throw new NddrError(
    `Task "${name}": unknown kind "${config.kind}"; ${suggest(String(config.kind), Object.keys(taskKinds))}`,
  );
}
