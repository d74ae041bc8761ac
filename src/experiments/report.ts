/** The report as an HTML page. */
import { describeSource, type SourceReport } from '../pretrained/index.js';
import { mainMetric } from '../tasks/score.js';
import { lineSample, renderChart } from './curves.js';
import { Html, html } from './html.js';
import { metricTitle } from './metrics.js';
import type { CurveChart, ReportData, ReportRun, ReportSample, ReportStart, ReportTask } from './report-data.js';
import { STYLE } from './report-style.js';
import { arrowOf, overviewTable, type Table, type TableColumn, taskTable } from './table.js';

/** Tables with more columns get the whole width of the page. */
const COLUMNS_OF_A_HALF = 4;

/**
 * The page `report.html`, which needs no other file: tables of metrics, curves over the steps, images with truth and
 * predictions side by side, and the settings.
 */
export function renderReport(data: ReportData): string {
  return renderPage(data, [
    ...(data.runs.length > 0 ? [renderResults(data)] : []),
    ...renderCurves(data.charts),
    ...(data.samples.length > 0 ? [renderSamples(data)] : []),
    ...(data.starts?.length ? [renderStarts(data.starts)] : []),
    renderSettings('The complete configuration', data.settings),
  ]);
}

/** A whole page: title, summary and facts, then the sections. */
export function renderPage(
  { title, summary, facts }: Pick<ReportData, 'title' | 'summary' | 'facts'>,
  sections: readonly Html[],
): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="summary">${summary}</p>
${facts.length > 0 ? html`<dl class="facts">${facts.map(({ label, value }) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>` : ''}
</header>
<main>
${sections.map((section) => html`${section}\n`)}</main>
</body>
</html>
`;
  return page.text;
}

export const renderSettings = (title: string, settings: unknown): Html => html`<section>
<h2>Settings</h2>
<details class="card"><summary>${title}</summary><pre tabindex="0">${JSON.stringify(settings, null, 2)}</pre></details>
</section>`;

/** Which weights each run started from: a summary of every file, and the whole lists to unfold. */
const renderStarts = (starts: readonly ReportStart[]): Html => html`<section>
<h2>Starting weights</h2>
${starts.map(
  ({ name, sources, fresh }) => html`<div class="card"><h3>${name}</h3>
${sources.map(renderSource)}
${renderNames('Began with random values', fresh)}</div>`,
)}
</section>`;

const renderSource = (source: SourceReport): Html => html`<p><b>${source.from}</b>, ${source.format}</p>
<ul>${describeSource(source).map((line) => html`<li>${line}</li>`)}</ul>
${renderNames('Taken', source.taken)}${renderNames('Unused', source.unused)}`;

const renderNames = (title: string, names: readonly string[]): Html | string =>
  names.length === 0
    ? ''
    : html`<details><summary>${title}: ${names.length}</summary><pre tabindex="0">${names.join('\n')}</pre></details>`;

function renderResults({ tasks, runs }: ReportData): Html {
  return html`<section>
<h2>Results</h2>
<div class="card"><h3>Main metrics</h3>${renderHtmlTable(overviewTable(tasks, runs))}${deltaNote(tasks, runs)}</div>
<div class="tables">${tasks.map((task) => renderTask(task, runs))}</div>
</section>`;
}

function renderTask(task: ReportTask, runs: readonly ReportRun[]): Html {
  const width = task.metrics.length > COLUMNS_OF_A_HALF ? 'wide' : '';
  return html`<div class="card ${width}"><h3>${taskTitle(task)}</h3>${renderHtmlTable(taskTable(task, runs))}</div>`;
}

const taskTitle = ({ name, kind }: ReportTask): string => (name === kind ? name : `${name} (${kind})`);

/** A note that explains delta_m, where a run has one. */
function deltaNote(tasks: readonly ReportTask[], runs: readonly ReportRun[]): Html {
  const baseline = runs.find((run) => run.baseline);
  if (baseline === undefined || runs.every((run) => run.deltaPercent === undefined)) return html``;
  const metrics = tasks.map((task) => `${task.name} ${metricTitle(mainMetric(task).name)}`).join(', ');
  return html`<p class="note">Δm is the relative multi-task score: the mean change of ${metrics} against ${baseline.name}, in per cent of its values, counted as positive where it is better.</p>`;
}

export function renderHtmlTable({ corner, columns, rows }: Table): Html {
  const grouped = columns.some(({ group }) => group !== '');
  const groups = html`<tr><td></td>${columns.map(({ group }) => html`<th class="group" scope="col">${group}</th>`)}</tr>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Metrics by ${corner}"><table>
<thead>${grouped ? groups : ''}<tr><th scope="col">${corner}</th>${columns.map(renderHead)}</tr></thead>
<tbody>${rows.map(({ name, cells }) => html`<tr><th scope="row">${name}</th>${cells.map(({ text, best }) => html`<td>${best ? html`<strong>${text}</strong>` : text}</td>`)}</tr>`)}</tbody>
</table></div>`;
}

const renderHead = ({ title, unit, better }: TableColumn): Html =>
  html`<th scope="col">${title}<br>${unit} <span role="img" aria-label="${better} is better" title="${better} is better">${arrowOf(better)}</span></th>`;

/**
 * Charts under one legend: a name has the same colour in all of them. Charts without a curve of two points are left
 * out.
 */
export function renderCurves(all: readonly CurveChart[]): Html[] {
  const charts = all.filter(({ lines }) => lines.some(({ points }) => points.length > 1));
  if (charts.length === 0) return [];
  const names = [...new Set(charts.flatMap(({ lines }) => lines.map(({ name }) => name)))];
  const keys = html`<ul class="keys">${names.map((name, n) => html`<li>${lineSample(n)}${name}</li>`)}</ul>`;
  const drawn = charts.map((chart) => renderChart(chart, (name) => names.indexOf(name)));
  return [html`<section><h2>Curves</h2>${keys}<div class="charts">${drawn}</div></section>`];
}

function renderSamples({ tasks, runs, samples }: ReportData): Html {
  const names = runs.map(({ name }) => name);
  return html`<section>
<h2>Images, truth and predictions</h2>
<div class="card legends">${tasks.map(renderLegend)}</div>
<div class="samples">${samples.map((sample) => renderSample(sample, tasks, names))}</div>
</section>`;
}

function renderLegend(task: ReportTask): Html {
  const entries = task.legend.map(
    ({ label, colour }) =>
      html`<li><span class="swatch" style="background:rgb(${colour.join(' ')})"></span>${label}</li>`,
  );
  return html`<div class="legend"><b>${task.name}</b><ul>${entries}</ul></div>`;
}

function renderSample(sample: ReportSample, tasks: readonly ReportTask[], runs: readonly string[]): Html {
  const rows = tasks.map(({ name: task }) => {
    const { truth, predictions = {} } = sample.tasks[task] ?? {};
    const pictures = [
      truth
        ? html`<td>${picture(truth, `${sample.id}: ${task}, truth`)}</td>`
        : html`<td class="none">not labelled</td>`,
      ...runs.map((run) =>
        predictions[run]
          ? html`<td>${picture(predictions[run], `${sample.id}: ${task}, predicted by ${run}`)}</td>`
          : html`<td class="none">–</td>`,
      ),
    ];
    return html`<tr><th scope="row">${task}</th>${pictures}</tr>`;
  });
  return html`<article class="card sample" style="--pictures:${runs.length + 1}">
<div class="photo">${picture(sample.image, `${sample.id}: image`)}<h3>${sample.id}</h3></div>
<div class="scroll"><table class="answers">
<thead><tr><td></td>${['truth', ...runs].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows}</tbody>
</table></div>
</article>`;
}

/**
 * An image of the page. Its size comes from the first chunk of the PNG file, so that the layout is stable while it
 * loads.
 */
function picture(png: Uint8Array, alt: string): Html {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  return html`<img src="data:image/png;base64,${base64(png)}" width="${width}" height="${height}" alt="${alt}">`;
}

function base64(bytes: Uint8Array): string {
  const PIECE = 0x6000; // a multiple of 3, and few enough for one argument list
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE)));
  }
  return text;
}
