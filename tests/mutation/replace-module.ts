/** A module loader that gives one module another text. Nothing in dist is changed, so nothing has to be restored. */
import { readFile } from 'node:fs/promises';
import type { LoadHook } from 'node:module';

/** The variables of the environment that name the module, by its URL, and the file with its text. */
export const MODULE = 'NDDR_MUTATED_MODULE';
export const TEXT = 'NDDR_MUTATED_TEXT';

export const load: LoadHook = async (url, context, nextLoad) => {
  const file = process.env[TEXT];
  if (file === undefined || url !== process.env[MODULE]) return nextLoad(url, context);
  return { format: 'module', source: await readFile(file, 'utf8'), shortCircuit: true };
};
