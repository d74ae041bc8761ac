/** The HTML page of an experiment: verdict, tables, curves with deviations over seeds, settings. */
import { mainMetric, type TaskValues } from '../../tasks/score.js';
import { averagePoints } from '../curve-points.js';
import { Html, html } from '../html.js';
import { metricChart } from '../metrics.js';
import { renderCurves, renderHtmlTable, renderPage, renderSettings } from '../report.js';
import type { CurveChart, CurveLine } from '../report-data.js';
import { DELTA_STYLE, deltaChart } from './delta-chart.js';
import type { Results, RowResult, RunResult } from './results.js';
import { spreadOf } from './spread.js';
import { columnNotes, experimentTable, metricsTable, verdict } from './tables.js';

/** The most points of a curve of losses: longer ones are averaged. */
const CURVE_POINTS = 60;

export function experimentPage(results: Results): string {
  const { plan, tasks } = results;
  const { title, about } = plan.experiment;
  const [{ config }] = plan.runs;
  return renderPage(
    {
      title,
      summary: about,
      facts: [
        { label: 'Data', value: plan.data },
        { label: 'Backbone', value: Object.values(config.network.backbone).slice(0, 2).join(', width ') },
        { label: 'Tasks', value: tasks.map(({ name }) => name).join(', ') },
        { label: 'Seeds', value: plan.seeds.join(', ') },
        {
          label: 'A step',
          value: `${config.train.batch} crops, ${config.train.width} x ${config.train.height} pixels`,
        },
        { label: 'Learning rate', value: String(config.train.rate) },
      ],
    },
    [
      renderResults(results),
      ...renderCurves(chartsOf(results)),
      renderSettings('The experiment and its runs', settingsOf(results)),
    ],
  );
}

function renderResults(results: Results): Html {
  const notes = columnNotes(results).map((note) => html`<p class="note">${note}</p>`);
  return html`<section>
<style>${new Html(DELTA_STYLE)}</style>
<h2>Results</h2>
${verdict(results).map((sentence) => html`<p class="verdict">${sentence}</p>`)}
<div class="card">${renderHtmlTable(experimentTable(results))}${notes}</div>
${deltaChart(results)}
<div class="tables">${results.tasks.map((task) => html`<div class="card wide"><h3>${task.name}</h3>${renderHtmlTable(metricsTable(results, task))}</div>`)}</div>
</section>`;
}

const settingsOf = ({ plan: { experiment, runs } }: Results) => ({
  experiment,
  runs: Object.fromEntries(runs.map(({ path, config }) => [path, config])),
});

/**
 * Charts of the loss and the main metric of every task. Steps are counted from the start of the run that a run started
 * from.
 */
function chartsOf({ tasks, rows }: Results): CurveChart[] {
  const linesOf = (points: (run: RunResult) => (readonly [number, number])[]): CurveLine[] =>
    rows.flatMap((row) => curveOf(row, points));
  const losses = tasks.map(
    ({ name }): CurveChart => ({
      title: `${name}: loss`,
      scale: 'log',
      lines: linesOf((run) =>
        averagePoints(
          run.losses.map(({ step, losses }) => [step, losses[name]] as const),
          CURVE_POINTS,
        ),
      ),
    }),
  );
  const metrics = tasks.map((task) => {
    const { name } = mainMetric(task);
    const metricOf = (values: Partial<TaskValues>) => values[task.name]?.[name] ?? Number.NaN;
    const lines = linesOf(({ evaluations }) =>
      evaluations.map(({ step, values }) => [step, metricOf(values)] as const),
    );
    return metricChart(task, mainMetric(task), lines);
  });
  return [...losses, ...metrics];
}

/** The curve of a row: mean and deviation over seeds at each step. */
function curveOf({ row, runs }: RowResult, points: (run: RunResult) => (readonly [number, number])[]): CurveLine[] {
  if (runs.length === 0) return [];
  const [first, ...others] = runs.map(points);
  const spreads = first.map(([step, value], n) => ({
    step,
    ...spreadOf([value, ...others.map((list) => list[n]?.[1] ?? Number.NaN)]),
  }));
  return [
    {
      name: row.name,
      points: spreads.map(({ step, mean }) => [step, mean] as const),
      deviations: spreads.map(({ deviation }) => deviation || 0),
    },
  ];
}
