/** Plans an experiment: the list of its runs, one for each row and seed. */
import { join, resolve } from 'node:path';
import { isObject, type JsonObject } from '../../json.js';
import { checkpointAt } from '../../train/node/run-folder.js';
import { type Config, parseConfig } from '../config.js';
import { assign, resolvePaths, setAt } from '../config-file.js';
import { completeConfig } from '../setup.js';
import { chooseData, type DataChoice, labelledTasks } from './data-choice.js';
import { type Experiment, type Row, slugOf, trainingOrder } from './experiment.js';

export interface PlannedRun {
  readonly row: Row;
  readonly seed: number;
  /** Folder of the run. */
  readonly path: string;
  /** The complete configuration of the run. */
  readonly config: Config;
  /** The run whose weights it starts from. */
  readonly start?: PlannedRun;
}

export interface Plan {
  readonly experiment: Experiment;
  /** Name of the data set. */
  readonly data: string;
  readonly seeds: readonly number[];
  readonly out: string;
  /** In the order of training: all rows of the first seed, then those of the second. */
  readonly runs: readonly PlannedRun[];
}

export interface PlanOptions {
  readonly experiment: Experiment;
  /** The data set, as `chooseData` takes it; rooms by default. */
  readonly data?: string;
  readonly seeds: readonly number[];
  /** Settings for all rows, `path.to.key=value`; a row's own settings override them. */
  readonly set?: readonly string[];
  /** Folder of the results and of all runs; runs/EXPERIMENT-DATA by default. */
  readonly out?: string;
  /** The name of a run; ROW-seed-SEED by default. */
  readonly nameOf?: (row: Row, seed: number) => string;
}

/** Difference between the seed of a run and that of the run it starts from, so that it draws other batches. */
const SEED_STRIDE = 1000;

/**
 * Plans every run; nothing is trained or written.
 * @throws NddrError when a row's settings are wrong, or the data set lacks a task
 */
export async function planRuns(options: PlanOptions): Promise<Plan> {
  const { experiment, seeds, set = [], nameOf = (row, seed) => `${slugOf(row.name)}-seed-${seed}` } = options;
  const choice = chooseData(options.data ?? 'rooms', experiment);
  const out = options.out ?? join('runs', `${slugOf(experiment.name)}-${slugOf(choice.name)}`);
  const rows: { row: Row; config: Config }[] = [];
  for (const row of trainingOrder(experiment)) {
    const start = rows.find((before) => before.row.name === row.start)?.config;
    rows.push({ row, config: await rowConfig(experiment, row, choice, set, start) });
  }
  const runs: PlannedRun[] = [];
  for (const seed of seeds) {
    for (const { row, config } of rows) {
      const start = runs.find((run) => run.seed === seed && run.row.name === row.start);
      const name = nameOf(row, seed);
      const train = {
        ...config.train,
        seed: seed + SEED_STRIDE * lineage(start).length,
        ...(start && { start: resolve(start.path, checkpointAt(start.config.train.steps)) }),
      };
      runs.push({ row, seed, path: join(out, name), config: { ...config, name, train }, ...(start && { start }) });
    }
  }
  return { experiment, data: choice.name, seeds, out, runs };
}

/** The chain of runs that lead to a run, itself included, in the order of training. */
export const lineage = (run: PlannedRun | undefined): PlannedRun[] =>
  run === undefined ? [] : [...lineage(run.start), run];

/** The steps of each run of that chain. */
export const budgetOf = (run: PlannedRun): number[] => lineage(run).map(({ config }) => config.train.steps);

/**
 * The complete configuration of a row, with the tasks that the data set has labels for.
 * @param start that of the row whose weights it starts from
 */
async function rowConfig(
  experiment: Experiment,
  row: Row,
  choice: DataChoice,
  set: readonly string[],
  start: Config | undefined,
) {
  const wanted = parseRow(experiment, row, choice, set);
  if (start) wanted.network = startedNetwork(wanted.network, start.network, Object.hasOwn(row.set, 'network.weights'));
  const labelled = await labelledTasks(wanted, experiment.optional);
  const only = <T>(values: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(values).filter(([task]) => labelled.includes(task)));
  const steps = Math.max(1, Math.round(wanted.train.steps * row.times));
  const train = { ...wanted.train, steps, lossWeights: only(wanted.train.lossWeights) };
  return completeConfig({ ...wanted, tasks: only(wanted.tasks), train });
}

/**
 * The network of a row that starts from another one: it is fed as that one was, whose weights replace pretrained ones.
 * @param own whether the row itself names pretrained weights, which it then takes besides
 */
const startedNetwork = (network: Config['network'], start: Config['network'], own: boolean): Config['network'] => ({
  ...network,
  weights: own ? network.weights : null,
  mean: network.mean ?? start.mean,
  deviation: network.deviation ?? start.deviation,
});

/**
 * The settings of a row: those of the experiment, overridden by the data set, the command line and the row.
 * @throws NddrError naming the experiment, the row and what is wrong
 */
export function parseRow(
  { folder, name, base, on }: Experiment,
  row: Row,
  choice: DataChoice,
  set: readonly string[] = [],
): Config {
  const where = `${name}, row "${row.name}"`;
  const config = structuredClone(base);
  // Rows are compared after equally many steps, so with their last weights, unless the experiment says otherwise.
  setAt(config, ['evaluate'], { weights: 'last', ...(isObject(config.evaluate) ? config.evaluate : {}) }, where);
  const write = (settings: Readonly<JsonObject> = {}) => {
    for (const [path, value] of Object.entries(settings)) setAt(config, path.split('.'), structuredClone(value), where);
    resolvePaths(config, folder);
  };
  const onData = (settings: typeof on) => write(choice.known === undefined ? {} : settings[choice.known]);
  write();
  choice.apply(config);
  onData(on);
  for (const assignment of set) assign(config, assignment);
  resolvePaths(config, '.');
  write(row.set);
  onData(row.on);
  config.name = slugOf(row.name);
  removeStaleLossWeights(config, base);
  return parseConfig(config, where);
}

/** Removes weights for losses of tasks of the experiment that the data set or the row has replaced. */
function removeStaleLossWeights({ tasks, train }: JsonObject, { tasks: own }: JsonObject): void {
  if (!isObject(tasks) || !isObject(own) || !isObject(train) || !isObject(train.lossWeights)) return;
  for (const task of Object.keys(own)) if (!Object.hasOwn(tasks, task)) delete train.lossWeights[task];
}
