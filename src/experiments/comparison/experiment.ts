/** Experiment files: what is compared with what. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { NddrError } from '../../errors.js';
import type { JsonObject } from '../../json.js';
import { parseStrict, suggest } from '../../schema.js';
import { readJson } from '../config-file.js';

const settings = z.record(z.string(), z.unknown());
const bySetting = settings.default({});
const byData = z.record(z.string(), settings).default({});

const rowSchema = z.strictObject({
  name: z.string().min(1).describe('Name in the tables; the runs are named after it.'),
  set: bySetting.describe('Settings of this row by path, as `--set` takes them: {"network.fusion.alpha": 0.5}.'),
  on: byData.describe('Further settings of this row, by the data set that `--data` names.'),
  start: z
    .string()
    .optional()
    .describe('Another row. This one starts from its weights of the same seed, and draws other batches.'),
  times: z.number().positive().default(1).describe('Steps of this row, as a multiple of `train.steps`.'),
  shown: z
    .boolean()
    .default(true)
    .describe('false: left out of the tables; the row is trained only for others to start from.'),
});

const experimentSchema = z.strictObject({
  extends: z.string().optional().describe('An experiment file in the same folder, from which missing keys are taken.'),
  title: z.string().describe('Title of the page.'),
  about: z
    .string()
    .default('')
    .describe('The question of the experiment, and what a reader should know about the answer.'),
  base: settings.describe('The configuration that all rows share, without a name.'),
  on: byData.describe('Settings of all rows, by the data set that `--data` names: {"rooms": {"train.steps": 300}}.'),
  optional: z
    .array(z.string())
    .default([])
    .describe('Tasks that are left out where the data set has no labels for them.'),
  baseline: z.string().describe('The row that delta_m of the others is relative to, usually the single-task networks.'),
  rows: z.array(rowSchema).min(1).describe('The rows that are compared, in the order of the tables.'),
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
 * @param name of the experiment, for messages and folders
 * @param folder to which its paths are relative
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

/** A row's name in a form for file names: `nddr-0.5-0.5` for `NDDR, 0.5/0.5`. */
export const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^\w.]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '') || 'row';

/**
 * The rows in the order of training: each one after the row that it starts from, otherwise as in the file.
 * @throws NddrError when rows start from each other in a circle
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

/** The content of a file. Keys that it lacks are taken from the file that it extends. */
function readFile(path: string, seen: readonly string[] = []): JsonObject {
  if (seen.includes(path)) throw new NddrError(`${path} extends itself: ${[...seen, path].join(' extends ')}.`);
  const { extends: other, ...value } = readJson(path);
  if (other === undefined) return value;
  if (typeof other !== 'string')
    throw new NddrError(`${path}: extends: expected a file beside it, found ${JSON.stringify(other)}`);
  return { ...readFile(join(dirname(path), other), [...seen, path]), ...value };
}

/**
 * Reads an experiment.
 * @param nameOrPath the name of a preset, such as `paper/ablation-init`, or the path of a file
 * @throws NddrError when there is neither, naming the nearest preset, or when the file is not valid
 */
export function readExperiment(nameOrPath: string): Experiment {
  const presets = presetNames();
  const path = presets.includes(nameOrPath) ? join(EXAMPLES, `${nameOrPath}.json`) : nameOrPath;
  if (!existsSync(path))
    throw new NddrError(
      `There is no experiment ${nameOrPath}, neither a file nor a preset; ${suggest(nameOrPath, presets)}`,
    );
  return parseExperiment(readFile(path), basename(path, '.json'), resolve(dirname(path)));
}
