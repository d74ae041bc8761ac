import type { z } from 'zod';
import { NddrError } from '../errors.js';
import { nearest } from '../nearest.js';
import type { Task } from './task.js';

/** A kind of task: the settings it takes (for a published schema) and how it is made from them. */
export interface TaskDefinition {
  readonly settings: z.ZodObject;
  /** @throws NddrError naming the task and the key, and for an unknown key the nearest known one */
  create(name: string, config: object): Task;
}

/** Puts a checked and completed configuration before the function that makes a task. */
export function defineTask<S extends z.ZodObject>(
  settings: S,
  make: (name: string, settings: z.output<S>) => Task,
): TaskDefinition {
  return { settings, create: (name, config) => make(name, readSettings(settings, name, config)) };
}

/** Known words, as an error message lists them. */
export const listed = (words: readonly string[]): string => words.map((word) => `"${word}"`).join(', ');

/** Keys whose value is undefined count as absent: so a caller may pass on what it does not know. */
function readSettings<S extends z.ZodObject>(settings: S, name: string, config: object): z.output<S> {
  const present = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
  const result = settings.safeParse(present);
  if (result.success) return result.data;
  const known = Object.keys(settings.shape);
  const problems = result.error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => `unknown key "${key}"; did you mean "${nearest(key, known)}"?`).join(' ');
    }
    const found = issue.path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)?.[key], present);
    return `"${issue.path.join('.')}": ${issue.message}, found ${JSON.stringify(found) ?? 'nothing'}.`;
  });
  throw new NddrError(`Task "${name}": ${problems.join(' ')} Known keys: ${listed(known)}.`);
}
