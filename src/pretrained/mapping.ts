/** A mapping file: which tensor of a file belongs to which variable of the network, for files of no known family. */
import * as z from 'zod';
import { NddrError } from '../errors.js';
import { parseStrict, suggest } from '../schema.js';
import type { WeightFile } from '../weights/weight-file.js';
import { someOf } from '../words.js';
import type { InputConvention } from './convention.js';
import type { Assignment, Difference } from './convert.js';
import { colourReversed, permuted, type Reorder } from './layout.js';
import type { Target } from './target.js';

const colour = z.tuple([z.number(), z.number(), z.number()]);
const positive = z.number().positive();

const entrySchema = z.union([
  z.string().min(1),
  z.strictObject({
    name: z.string().min(1).describe('Name in the file.'),
    transpose: z
      .array(z.int().min(0))
      .optional()
      .describe(
        'Order of the axes: axis i of the network is axis transpose[i] of the file. [3, 2, 0, 1] of TensorFlow.',
      ),
  }),
]);

const mappingSchema = z.strictObject({
  tensors: z
    .record(z.string().min(1), entrySchema)
    .refine((tensors) => Object.keys(tensors).length > 0, 'at least one tensor is needed')
    .describe(
      'Name of the network to name of the file. A "*" stands for any text, and in the name of the file for the same text. ' +
        'Names without a tower belong to every tower.',
    ),
  channels: z.enum(['rgb', 'bgr']).default('rgb').describe('The order in which the weights take colours.'),
  mean: colour.optional().describe('What was subtracted from red, green and blue (0..255).'),
  deviation: z.tuple([positive, positive, positive]).optional().describe('What the differences were divided by.'),
  padding: z.enum(['symmetric', 'same']).default('symmetric'),
});

export type Mapping = z.output<typeof mappingSchema>;

/** Checks the content of a mapping file. @throws NddrError naming each wrong key */
export const parseMapping = (value: unknown, where: string): Mapping => parseStrict(mappingSchema, value, where);

/** The convention that a mapping states; undefined where it states none. */
export const conventionOfMapping = ({ channels, mean, deviation, padding }: Mapping): InputConvention | undefined =>
  mean === undefined && deviation === undefined
    ? undefined
    : { channels, mean: mean ?? [0, 0, 0], deviation: deviation ?? [1, 1, 1], padding };

/**
 * What a mapping makes of a file.
 * @param where the mapping, for messages
 * @param wanted whether a variable may be filled
 * @throws NddrError when a name of the mapping is none of the network's, or a name without "*" none of the file's
 */
export function mapped(
  { tensors: rules, channels }: Mapping,
  file: WeightFile,
  target: Target,
  where: string,
  wanted: (path: string) => boolean,
): { readonly assignments: Assignment[]; readonly differences: Difference[] } {
  const assignments: Assignment[] = [];
  const differences: Difference[] = [];
  for (const [pattern, rule] of Object.entries(rules)) {
    const { name: wish, transpose } = typeof rule === 'string' ? { name: rule } : rule;
    const stars = pattern.split('*').length - 1;
    if (wish.split('*').length - 1 > stars)
      throw new NddrError(`${where}: tensors: "${wish}" has more "*" than "${pattern}", whose texts it repeats.`);
    let known = false;
    for (const { path, shape } of target.variables.values()) {
      const texts = matchOf(pattern, path) ?? matchOf(pattern, withoutOwner(path, target));
      if (!texts) continue;
      known = true;
      if (!wanted(path)) continue;
      const name = filled(wish, texts);
      const entry = file.tensors.get(name);
      if (!entry) {
        if (stars > 0) continue;
        throw new NddrError(
          `${where}: tensors: the file has no "${name}"; it has ${someOf([...file.tensors.keys()])}.`,
        );
      }
      const axes = transpose ?? entry.shape.map((_, axis) => axis);
      const fits = [...axes].sort((a, b) => a - b).every((axis, i) => axis === i) && axes.length === entry.shape.length;
      if (!fits)
        throw new NddrError(
          `${where}: tensors.${pattern}: transpose [${axes}] does not order the axes of ${name} [${entry.shape.join(', ')}].`,
        );
      const there = axes.map((axis) => entry.shape[axis]);
      if (there.filter((n) => n !== 1).join() !== shape.filter((n) => n !== 1).join()) {
        differences.push({ path, here: shape, name, there });
        continue;
      }
      const colours = channels === 'bgr' && shape.length === 4 && shape[1] === 3;
      const reorder: Reorder = (data) => {
        const ordered = transpose ? permuted(data, entry.shape, axes) : data;
        return colours ? colourReversed(ordered, shape) : ordered;
      };
      assignments.push({ path, shape, uses: [name], make: async (read) => reorder(await read(name)) });
    }
    if (!known) {
      const names = [...new Set([...target.variables.keys()].map((path) => withoutOwner(path, target)))];
      throw new NddrError(
        `${where}: tensors: the network has no "${pattern}"; ${stars > 0 ? `it has ${someOf(names, 5)}.` : suggest(pattern, names.slice(0, 40))}`,
      );
    }
  }
  return { assignments, differences };
}

function withoutOwner(path: string, { towers, tasks }: Target): string {
  const at = path.indexOf('.');
  const owner = path.slice(0, at);
  return towers.includes(owner) || tasks.includes(owner) ? path.slice(at + 1) : path;
}

/** The texts that the stars of a pattern stand for; undefined where it does not fit. */
function matchOf(pattern: string, name: string): string[] | undefined {
  const expression = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('(.+?)');
  return new RegExp(`^${expression}$`).exec(name)?.slice(1);
}

function filled(wish: string, texts: readonly string[]): string {
  let next = 0;
  return wish.replace(/\*/g, () => texts[next++]);
}
