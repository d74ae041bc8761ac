/** What a request asks for: the parameters of its address. */
import * as z from 'zod';
import { NddrError } from '../errors.js';
import { Refusal } from '../http/refusal.js';
import { parseStrict, suggest } from '../schema.js';

/** The parameters of `POST /predict`. */
export const parameters = z.strictObject({
  tasks: z
    .string()
    .optional()
    .describe('Tasks to answer, with commas between. By default all. Fewer take less time to draw and to send'),
  maps: z
    .enum(['png', 'array', 'none'])
    .default('png')
    .describe(
      'Answers about pixels. "png": whole numbers a pixel, as a PNG: class indices, millimetres (16 bits), per cent; ' +
        'normals as colours. "array": all numbers as float32, little-endian. "none": left out',
    ),
  pictures: z.enum(['true', 'false']).default('false').describe('Also a drawn picture of each answer, as a PNG'),
});

export interface Wanted {
  /** Names of tasks, each once, in the order of the model. */
  readonly tasks: readonly string[];
  readonly maps: 'png' | 'array' | 'none';
  readonly pictures: boolean;
}

/**
 * Reads the parameters of an address.
 * @param known the tasks of the model
 * @throws Refusal 400 naming the parameter
 */
export function wantedIn(query: URLSearchParams, known: readonly string[]): Wanted {
  const twice = [...query.keys()].find((key, i, all) => all.indexOf(key) !== i);
  if (twice !== undefined) throw new Refusal(400, `The parameter "${twice}" is given twice; give it once.`);
  const { tasks, maps, pictures } = parsed(Object.fromEntries(query));
  const named = tasks?.split(',').map((name) => name.trim()) ?? known;
  const unknown = named.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Refusal(400, `tasks: unknown task "${unknown}"; ${suggest(unknown, known)}`);
  return { tasks: known.filter((name) => named.includes(name)), maps, pictures: pictures === 'true' };
}

function parsed(query: unknown): z.output<typeof parameters> {
  try {
    return parseStrict(parameters, query, 'The address');
  } catch (error) {
    if (error instanceof NddrError) throw new Refusal(400, error.message);
    throw error;
  }
}
