import type { z } from 'zod';
import { parseStrict } from '../schema.js';
import type { Task } from './task.js';

/** A kind of task: the settings it takes (for a published schema) and how it is made from them. */
export interface TaskDefinition {
  readonly settings: z.ZodObject;
  /** Kinds of labels that can teach it, those that fit best first. */
  readonly taughtBy: readonly string[];
  /** @throws NddrError naming the task and the key, and for an unknown key the nearest known one */
  create(name: string, config: object): Task;
}

/**
 * Puts a checked and completed configuration before the function that makes a task. Keys whose value is undefined
 * count as absent, so that a caller may pass on what it does not know.
 * @param taughtBy kinds of labels that can teach it; labels of its own kind where left out
 */
export function defineTask<S extends z.ZodObject<{ kind: z.ZodLiteral<string> }>>(
  settings: S,
  make: (name: string, settings: z.output<S>) => Task,
  taughtBy: readonly string[] = [settings.shape.kind.value],
): TaskDefinition {
  const create = (name: string, config: object): Task => {
    const present = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
    return make(name, parseStrict(settings, present, `Task "${name}"`));
  };
  return { settings, taughtBy, create };
}
