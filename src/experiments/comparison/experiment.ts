/** An experiment: what is compared, as a file says it. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { NddrError } from '../../errors.js';
import type { JsonObject } from '../../json.js';
import { parseStrict, suggest } from '../../schema.js';
import { readJson } from '../config-file.js';

const settings = z.record(z.string(), z.unknown());
const bySetting = settings.default({});
const byData = z.record(z.string(), settings).default({});

const rowSchema = z.strictObject({
  name: z.string().min(1).describe('Stands in the tables; the runs are named after it.'),
  set: bySetting.describe('Settings of this row by path, as `--set` takes them: {"network.fusion.alpha": 0.5}.'),
  on: byData.describe('Further settings of this row, by the data set that `--data` names.'),
  start: z
    .string()
    .optional()
    .describe('Another row: this one starts from its weights, trained with the same seed, and draws other batches.'),
  times: z.number().positive().default(1).describe('Steps of this row, as a multiple of `train.steps`.'),
  shown: z.boolean().default(true).describe('false: trained for other rows to start from, and left out of the tables.'),
});

const experimentSchema = z.strictObject({
  extends: z.string().optional().describe('An experiment file beside this one: keys that are left out here are its.'),
  title: z.string().describe('Heads the page.'),
  about: z.string().default('').describe('What is asked, and what is to be known when reading the answer.'),
  base: settings.describe('A configuration without name: what all rows share.'),
  on: byData.describe('Settings of all rows, by the data set that `--data` names: {"rooms": {"train.steps": 300}}.'),
  optional: z.array(z.string()).default([]).describe('Tasks that are left out where the data set cannot teach them.'),
  baseline: z.string().describe('Row that the delta_m of the others is relative to: the single-task networks.'),
  rows: z.array(rowSchema).min(1).describe('What is compared, in the order of the tables.'),
});

export type Row = z.output<typeof rowSchema>;
export type ExperimentInput = z.input<typeof experimentSchema>;

export interface Experiment extends z.output<typeof experimentSchema> {
  /** The file's name without its ending. */
  readonly name: string;
  /** Paths in `base`, `on` and `set` are relative to it. */
  readonly folder: string;
}

/** The JSON schema of an experiment file. */
export const experimentJsonSchema = (): object => z.toJSONSchema(experimentSchema, { io: 'input' });

/**
 * Checks an experiment and fills in its defaults.
 * @throws NddrError naming each wrong key, or the row that does not fit the others
 */
export function parseExperiment(value: unknown, name: string, folder = '.'): Experiment {
  const experiment = { ...parseStrict(experimentSchema, value, name), name, folder };
  const names = experiment.rows.map((row) => row.name);
  const known = (row: string, where: string) => {
    if (!names.includes(row)) throw new NddrError(`${name}: ${where} names the row "${row}"; ${suggest(row, names)}`);
  };
  known(experiment.baseline, 'baseline');
  if (experiment.rows.some((row) => row.name === experiment.baseline && !row.shown))
    throw new NddrError(`${name}: the baseline "${experiment.baseline}" must be shown.`);
  for (const [at, row] of names.entries()) {
    const same = names.findIndex((other) => slugOf(other) === slugOf(row));
    if (same < at)
      throw new NddrError(`${name}: the rows "${names[same]}" and "${row}" would share their runs; rename one.`);
  }
  for (const { name: row, start } of experiment.rows) if (start !== undefined) known(start, `rows: start of "${row}"`);
  trainingOrder(experiment);
  return experiment;
}

/** A row's name as a part of file names: `NDDR, 0.5/0.5` as `nddr-0.5-0.5`. */
export const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^\w.]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '') || 'row';

/**
 * The rows with each one after the one it starts from, else as they stand.
 * @throws NddrError when they go in a circle
 */
export function trainingOrder({ name, rows }: Experiment): Row[] {
  const ordered: Row[] = [];
  const isDone = (row: string) => ordered.some((done) => done.name === row);
  while (ordered.length < rows.length) {
    const next = rows.find((row) => !isDone(row.name) && (row.start === undefined || isDone(row.start)));
    if (!next) {
      const left = rows.filter((row) => !isDone(row.name)).map((row) => `"${row.name}"`);
      throw new NddrError(`${name}: the rows ${left.join(', ')} start from each other in a circle.`);
    }
    ordered.push(next);
  }
  return ordered;
}

/** The experiments of the package. */
const EXAMPLES = fileURLToPath(new URL('../../../../examples', import.meta.url));
const PRESETS = 'paper';

/** Names of the experiments that come with the package, such as `paper/ablation-init`. */
export const presetNames = (): string[] =>
  readdirSync(join(EXAMPLES, PRESETS))
    .filter((file) => file.endsWith('.json'))
    .map((file) => `${PRESETS}/${basename(file, '.json')}`)
    .sort();

/** What a file says, over what the one that it extends says: whole keys, from the first file on. */
function readFile(path: string, seen: readonly string[] = []): JsonObject {
  if (seen.includes(path)) throw new NddrError(`${path} extends itself: ${[...seen, path].join(' extends ')}.`);
  const { extends: other, ...value } = readJson(path);
  if (other === undefined) return value;
  if (typeof other !== 'string')
    throw new NddrError(`${path}: extends: expected a file beside it, found ${JSON.stringify(other)}`);
  return { ...readFile(join(dirname(path), other), [...seen, path]), ...value };
}

/** An experiment by the name of a preset, or by the path of its file. @throws NddrError naming the nearest preset */
export function readExperiment(nameOrPath: string): Experiment {
  const presets = presetNames();
  const path = presets.includes(nameOrPath) ? join(EXAMPLES, `${nameOrPath}.json`) : nameOrPath;
  if (!existsSync(path))
    throw new NddrError(
      `There is no experiment ${nameOrPath}, neither a file nor a preset; ${suggest(nameOrPath, presets)}`,
    );
  return parseExperiment(readFile(path), basename(path, '.json'), resolve(dirname(path)));
}
