/** The settings `network.weights` and `train.start`: files and runs that weights are taken from. */
import * as z from 'zod';
import { familyNames } from '../pretrained/index.js';

const path = z.string().min(1);

const entry = z.strictObject({
  file: path.describe('A file of weights or the folder of a run, relative to the configuration file.'),
  tower: z.string().optional().describe('The tower (or task) of the network that is filled. By default all.'),
  from: z.string().optional().describe('The tower or network of the file that is taken, if it holds several.'),
  family: z
    .enum(familyNames)
    .optional()
    .describe('Whose names the file has (docs/guides/pretrained-weights.md). By default they tell.'),
  mapping: path.optional().describe('A mapping file, for names that no family has.'),
  partial: z
    .boolean()
    .default(false)
    .describe('Take weights even if the file has less than nine tenths of the parameters of the backbone.'),
});

const one = z.union([path, entry]);

/** A path, an object, or a list of them; null for none. */
export const weightsSchema = z
  .union([path, entry, z.array(one).min(1)])
  .nullable()
  .default(null);

export type WeightsSetting = z.output<typeof weightsSchema>;
export type WeightsEntry = z.output<typeof entry>;

/** The files of a setting, in order. */
export function entriesOf(setting: WeightsSetting): WeightsEntry[] {
  const list = setting === null ? [] : Array.isArray(setting) ? setting : [setting];
  return list.map((given) => (typeof given === 'string' ? { file: given, partial: false } : given));
}

/** Makes the paths of a setting absolute, wherever they stand in it. */
export function resolvedSetting(setting: unknown, absolute: (path: string) => string): unknown {
  if (typeof setting === 'string') return absolute(setting);
  if (Array.isArray(setting)) return setting.map((one) => resolvedSetting(one, absolute));
  if (typeof setting !== 'object' || setting === null) return setting;
  return Object.fromEntries(
    Object.entries(setting).map(([key, value]) => [
      key,
      (key === 'file' || key === 'mapping') && typeof value === 'string' ? absolute(value) : value,
    ]),
  );
}
