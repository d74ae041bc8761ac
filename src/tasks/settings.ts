/** How a kind of task is defined: its settings, and the labels that it can learn from. */
import type * as z from 'zod';
import { parseStrict } from '../schema.js';
import type { Task } from './task.js';

/** A kind of task: the schema of its settings, and a function that creates a task from them. */
export interface TaskDefinition {
  readonly settings: z.ZodObject;
  /** Kinds of labels that can train it, the best fitting first. */
  readonly taughtBy: readonly string[];
  /** @throws NddrError naming the task and the key, and for an unknown key the nearest known one */
  create(name: string, config: object): Task;
}

/**
 * Defines a kind of task. Settings are checked and completed with their defaults before `make` gets them; keys whose
 * value is undefined count as absent.
 * @param make creates a task from its name and complete settings, which the task then keeps
 * @param taughtBy kinds of labels that can train it; labels of its own kind by default
 */
export function defineTask<S extends z.ZodObject<{ kind: z.ZodLiteral<string> }>>(
  settings: S,
  make: (name: string, settings: z.output<S>) => Task,
  taughtBy: readonly string[] = [settings.shape.kind.value],
): TaskDefinition {
  const create = (name: string, config: object): Task => {
    const present = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
    const complete = parseStrict(settings, present, `Task "${name}"`);
    return { ...make(name, complete), settings: complete };
  };
  return { settings, taughtBy, create };
}
