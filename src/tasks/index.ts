import type { Task } from './task.js';

/** The settings of one task in a configuration; which keys a kind takes is up to its file. */
export interface TaskConfig {
  readonly kind: string;
  readonly [key: string]: unknown;
}

/** Creates the task `name`. @throws NddrError for an unknown kind, naming the nearest known one */
export declare function createTask(name: string, config: TaskConfig): Task;
