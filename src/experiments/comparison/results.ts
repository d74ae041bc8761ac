/** The results of a plan, read from the folders of its runs. */
import { deltaM, type TaskValues } from '../../tasks/score.js';
import type { Task } from '../../tasks/task.js';
import { inferenceMultiplyAdds } from '../../train/multiply-adds.js';
import { RunFolder, type StoredEvent } from '../../train/node/run-folder.js';
import type { ReportTask } from '../report-data.js';
import { reportedOf } from '../run-report.js';
import { networkOf, tasksOf } from '../setup.js';
import type { WeightsChoice } from '../weights.js';
import type { Row } from './experiment.js';
import { budgetOf, lineage, type Plan, type PlannedRun } from './plan.js';
import type { RunState } from './state.js';

/** One trained run. */
export interface RunResult {
  readonly seed: number;
  readonly path: string;
  /** The metrics that it reports. */
  readonly values: TaskValues;
  readonly split?: string;
  readonly weights?: WeightsChoice;
  /**
   * delta_m against the baseline of the same seed, in per cent; missing for the baseline and where a value is missing.
   */
  readonly deltaPercent?: number;
  readonly stepMillis: readonly number[];
  readonly losses: readonly { readonly step: number; readonly losses: Readonly<Record<string, number>> }[];
  readonly evaluations: readonly { readonly step: number; readonly values: TaskValues }[];
}

/** One row of the tables. */
export interface RowResult {
  readonly row: Row;
  readonly runs: readonly RunResult[];
  /** Seeds that failed because numbers were not finite. */
  readonly failedSeeds: readonly number[];
  /** Steps of the runs that it starts from, and its own. */
  readonly budget: readonly number[];
  readonly parameters?: number;
  /** Multiply-adds of the answer to one image of the size that is trained on. */
  readonly multiplyAdds: number;
}

export interface Results {
  readonly plan: Plan;
  /** Tasks of the baseline: the columns. */
  readonly tasks: readonly ReportTask[];
  /** The rows that are shown, in the order of the file. */
  readonly rows: readonly RowResult[];
  readonly baseline: Row;
  /** Height and width of the image that multiply-adds are counted for. */
  readonly imageSize: readonly [height: number, width: number];
}

/** Reads the results of all runs that are done. @param states from `statesOf` */
export async function readResults(plan: Plan, states: ReadonlyMap<PlannedRun, RunState>): Promise<Results> {
  const { experiment, runs } = plan;
  const read = new Map<PlannedRun, RunResult & { readonly parameters?: number }>();
  for (const run of runs) if (run.row.shown && states.get(run)?.kind === 'done') read.set(run, await readRun(run));

  const baseline = experiment.rows.find(({ name }) => name === experiment.baseline) as Row;
  const singles = runs.filter(({ row }) => row === baseline);
  const { height, width } = singles[0].config.train;
  const tasks = tasksOf(singles[0].config);
  const rows: RowResult[] = [];
  for (const row of experiment.rows.filter(({ shown }) => shown)) {
    const own = runs.filter((run) => run.row === row);
    const network = await networkOf(own[0].config, { allowModule: true }); // the experiment is the user's own file
    const done = own.flatMap((run) => {
      const result = read.get(run);
      const single = singles.find(({ seed }) => seed === run.seed);
      if (!result) return [];
      const reference = single && single !== run ? read.get(single) : undefined;
      return [{ ...result, deltaPercent: reference && compare(tasks, result.values, reference.values) }];
    });
    rows.push({
      row,
      runs: done,
      failedSeeds: own.filter((run) => states.get(run)?.kind === 'failed').map(({ seed }) => seed),
      budget: budgetOf(own[0]),
      parameters: done[0]?.parameters,
      multiplyAdds: inferenceMultiplyAdds(network, [1, height, width]),
    });
  }
  return { plan, tasks, rows, baseline, imageSize: [height, width] };
}

/** delta_m; undefined where a task has no values. */
const compare = (tasks: readonly Task[], values: TaskValues, single: TaskValues): number | undefined =>
  tasks.every(({ name }) => name in values && name in single) ? deltaM(tasks, values, single) : undefined;

async function readRun(run: PlannedRun): Promise<RunResult & { readonly parameters?: number }> {
  const events = await RunFolder.open(run.path).readEvents();
  // A run that starts from another one continues its steps.
  const before = lineage(run.start).reduce((sum, { config }) => sum + config.train.steps, 0);
  const ofType = (type: string) => events.filter((event) => event.type === type);
  const at = (event: StoredEvent) => before + (event.step ?? 0);
  const evaluations = ofType('evaluation').map((event) => ({ step: at(event), values: event.values as TaskValues }));
  const steps = ofType('step');
  return {
    seed: run.seed,
    path: run.path,
    ...(reportedOf(events, run.config) ?? { values: {} }),
    stepMillis: steps.map(({ stepMillis }) => Number(stepMillis)),
    losses: steps.map((event) => ({ step: at(event), losses: event.losses as Record<string, number> })),
    evaluations,
    parameters: ofType('start').map(({ parameters }) => Number(parameters))[0],
  };
}
