/** The report of one or more runs that were trained on the same data. */
import { encodePng } from '../data/image.js';
import { labelFor } from '../data/task-labels.js';
import { NddrError } from '../errors.js';
import { writeWhole } from '../files.js';
import type { SourceReport } from '../pretrained/index.js';
import type { TaskConfig } from '../tasks/index.js';
import type { Image, Size } from '../tasks/raster.js';
import { deltaM, type TaskValues } from '../tasks/score.js';
import type { StoredEvent } from '../train/node/run-folder.js';
import type { Config } from './config.js';
import { CELL_WIDTH } from './contact-sheet.js';
import { averagePoints } from './curve-points.js';
import { metricChart } from './metrics.js';
import { openPredictor } from './model.js';
import type { ModuleAccess } from './module-access.js';
import { openRun } from './open-run.js';
import { renderReport } from './report.js';
import type { CurveChart, CurveLine, ReportRun, ReportSample, ReportStart } from './report-data.js';
import { tasksOf } from './setup.js';
import { openSplit } from './splits.js';
import type { WeightsChoice } from './weights.js';

export interface NamedRun {
  readonly name: string;
  readonly path: string;
  /** Settings that replace those of the run, as in `data.root=/elsewhere`. */
  readonly set?: readonly string[];
  /** Set for the run that delta_m of the others is relative to. */
  readonly baseline?: true;
}

export interface ReportOptions extends ModuleAccess {
  readonly title: string;
  readonly summary: string;
  /** Tasks, data and facts of the page are those of the first one. */
  readonly runs: readonly NamedRun[];
  /** The weights that answer the images of the grid. */
  readonly weights: WeightsChoice;
  readonly out: string;
  /** Images in the grid of predictions. */
  readonly samples: number;
}

/** The metrics that a run reports: those of its final report, or of its last evaluation where it has not ended. */
export interface Reported {
  readonly values: TaskValues;
  readonly split: string;
  readonly weights: WeightsChoice;
}

/** The report of a run, from its events; undefined where it was never evaluated. */
export function reportedOf(events: readonly StoredEvent[], { evaluate }: Config): Reported | undefined {
  const found = events.findLast(({ type }) => type === 'final') ?? events.findLast(({ type }) => type === 'evaluation');
  if (!found) return undefined;
  const { split = evaluate.split, weights = 'last' } = found;
  return { values: found.values as TaskValues, split: String(split), weights: weights as WeightsChoice };
}

/**
 * The rows of the tables. delta_m is computed for runs that report the same split as the baseline.
 * @throws NddrError when a run was never evaluated
 */
export async function rowsOf(runs: readonly NamedRun[]): Promise<ReportRun[]> {
  const judged = await Promise.all(
    runs.map(async ({ name, path, baseline, set }) => {
      const { folder, config } = await openRun(path, set);
      const found = reportedOf(await folder.readEvents(), config);
      if (!found) throw new NddrError(`${path} was never evaluated. Train it to the end: npx nddr resume ${path}`);
      return { name, baseline, config, ...found };
    }),
  );
  const reference = judged.find(({ baseline }) => baseline);
  return judged.map(({ name, baseline, values, split, weights, config }) => {
    const compared = reference && !baseline && reference.split === split;
    return {
      name,
      values,
      judged: `${weights} weights, "${split}"`,
      ...(baseline && { baseline }),
      ...(compared && { deltaPercent: deltaM(tasksOf(config), values, reference.values) }),
    };
  });
}

/** Writes a page that needs no other file: tables, curves, and images with truth and predictions. */
export async function writeReport(options: ReportOptions): Promise<void> {
  const { title, summary, runs, out } = options;
  const opened = await Promise.all(
    runs.map(async ({ name, path, set }) => ({ name, path, ...(await openRun(path, set)) })),
  );
  const [{ config }] = opened;
  const tasks = tasksOf(config);
  const histories = await Promise.all(
    opened.map(async ({ name, folder }) => ({ name, events: await folder.readEvents() })),
  );
  const page = renderReport({
    title,
    summary,
    facts: factsOf(config),
    tasks,
    runs: await rowsOf(runs),
    charts: chartsOf(config, histories),
    samples: await samplesOf(options, config),
    starts: histories.flatMap(startsOf),
    settings: Object.fromEntries(opened.map((run) => [run.name, run.config])),
  });
  await writeWhole(out, [page]);
}

function factsOf({ network, train, data }: Config) {
  const { kind, ...details } = network.backbone;
  return [
    { label: 'Backbone', value: `${kind}, width ${details.width}` },
    { label: 'Fusion', value: network.fusion.kind },
    { label: 'Data', value: dataText(data) },
    {
      label: 'Training',
      value: `${train.steps} steps of ${train.batch} crops, ${train.width} x ${train.height} pixels`,
    },
    { label: 'Learning rate', value: `${train.rate}, fusion layers times ${train.rates.fusion}` },
    { label: 'Seed', value: String(train.seed) },
  ];
}

const dataText = (data: Config['data']): string => {
  if (data.kind === 'join') return data.parts.map(dataText).join(' and ');
  return data.kind === 'rooms' ? `rooms, seed ${data.seed}` : data.root;
};

/** What a run started from, by the last event that tells; runs that were made before it told everything have none. */
function startsOf({ name, events }: History): ReportStart[] {
  const found = events.findLast(({ type, sources }) => type === 'warm-start' && Array.isArray(sources));
  return found ? [{ name, sources: found.sources as SourceReport[], fresh: found.fresh as string[] }] : [];
}

interface History {
  readonly name: string;
  readonly events: readonly StoredEvent[];
}

/** The most points of a curve: longer ones are averaged. */
const CURVE_POINTS = 100;

function chartsOf(config: Config, histories: readonly History[]): CurveChart[] {
  const tasks = tasksOf(config);
  const lines = (type: string, value: (event: StoredEvent) => number): CurveLine[] =>
    histories.map(({ name, events }) => ({
      name,
      points: averagePoints(
        events
          .filter((event) => event.type === type)
          .map((event) => [event.step ?? 0, value(event)] as const)
          .filter(([, found]) => Number.isFinite(found)),
        CURVE_POINTS,
      ),
    }));
  const losses = tasks.map(({ name }) => ({
    title: `${name}: loss`,
    scale: 'log' as const,
    lines: lines('step', (event) => (event.losses as Record<string, number>)[name]),
  }));
  const metrics = tasks.map((task) => {
    const main = task.metrics.find((metric) => metric.main) ?? task.metrics[0];
    return metricChart(
      task,
      main,
      lines('evaluation', (event) => (event.values as TaskValues)[task.name]?.[main.name] ?? Number.NaN),
    );
  });
  const weights = tasks.map(({ name }) => ({
    title: `${name}: weight of the loss`,
    lines: lines('step', (event) => (event.weights as Record<string, number> | undefined)?.[name] ?? Number.NaN),
  }));
  const weightsVary = weights.some((chart) =>
    chart.lines.some(({ points }) => new Set(points.map(([, w]) => w)).size > 1),
  );
  return [...losses, ...metrics, ...(weightsVary ? weights : [])];
}

/** The size of a picture of words: the shape of the image, large enough to be read. */
const cardSize = ({ width, height }: Image): Size => ({
  width: CELL_WIDTH,
  height: Math.round((CELL_WIDTH * height) / width),
});

/** Images spread evenly over the split that is reported, with truth and every run's answers. */
export async function samplesOf(
  { runs, weights, samples, allowModule }: Pick<ReportOptions, 'runs' | 'weights' | 'samples' | 'allowModule'>,
  config: Config,
): Promise<ReportSample[]> {
  const tasks = tasksOf(config);
  const dataset = await openSplit(config, config.evaluate.report);
  const count = Math.min(samples, dataset.length);
  const chosen = await Promise.all(
    Array.from({ length: count }, (_, i) => dataset.read(Math.floor((i * dataset.length) / count))),
  );
  const predictions: Record<string, Record<string, Uint8Array>>[] = chosen.map(() => ({}));
  for (const { name, path, set } of runs) {
    const predictor = await openPredictor(path, { weights, set, allowModule });
    try {
      for (const [i, { image }] of chosen.entries()) {
        const answers = await predictor.answerImage(image);
        for (const task of tasks) {
          const answer = answers[task.name];
          const picture = task.picture(task.scored?.(answer) ?? answer, cardSize(image));
          predictions[i][task.name] ??= {};
          predictions[i][task.name][name] = await encodePng(picture);
        }
      }
    } finally {
      await predictor.close();
    }
  }
  return Promise.all(
    chosen.map(async ({ id, image, labels }, i) => {
      const entries = tasks.map(async (task) => {
        const label = labels[labelFor(task.name, config.tasks[task.name] as TaskConfig, dataset)];
        const truth = label && (await encodePng(task.picture(label, cardSize(image))));
        return [task.name, { truth, predictions: predictions[i][task.name] }] as const;
      });
      return { id, image: await encodePng(image), tasks: Object.fromEntries(await Promise.all(entries)) };
    }),
  );
}
