/** A chart of delta_m by row: a dot for each seed, the mean as a line, the deviation as a band, and a line at zero. */
import { linearTicks, showTick } from '../curves.js';
import { type Html, html } from '../html.js';
import { NOTHING } from '../metrics.js';
import { showDelta } from '../table.js';
import type { Results } from './results.js';
import { deltaSpread } from './tables.js';

const WIDTH = 760;
const LABELS = 220;
const RIGHT = 120;
const ROW = 30;
const HEAD = 8;
const FOOT = 40;

/** The chart as a figure; empty where no row has a delta_m. */
export function deltaChart({ rows, baseline }: Results): Html {
  const lines = rows.map((row) => ({
    name: row.row.name,
    seeds: row.runs.flatMap(({ deltaPercent }) => (Number.isFinite(deltaPercent) ? [deltaPercent as number] : [])),
    spread: deltaSpread(row),
  }));
  const all = lines.flatMap(({ seeds, spread: { mean, deviation } }) =>
    seeds.length === 0 ? [] : [...seeds, mean - (deviation || 0), mean + (deviation || 0)],
  );
  if (all.length === 0) return html``;
  const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
  const room = (high - low || 1) * 0.05;
  const x = (value: number) =>
    (LABELS + ((WIDTH - LABELS - RIGHT) * (value - low + room)) / (high - low + 2 * room || 1)).toFixed(1);
  const bottom = HEAD + lines.length * ROW;
  const ticks = linearTicks(low - room, high + room, 6);
  const drawn = lines.map(({ name, seeds, spread: { mean, deviation } }, index) => {
    const y = HEAD + (index + 0.5) * ROW;
    const label = html`<text x="${LABELS - 14}" y="${y + 4.5}" text-anchor="end">${name}</text>`;
    if (seeds.length === 0) {
      const text = name === baseline.name ? 'baseline' : NOTHING;
      return html`${label}<text x="${WIDTH - RIGHT + 14}" y="${y + 4.5}">${text}</text>`;
    }
    const side = Math.abs(mean) <= deviation ? 'even' : mean > 0 ? 'ahead' : 'behind';
    const band = Number.isFinite(deviation)
      ? html`<path class="reach" d="M${x(mean - deviation)} ${y}H${x(mean + deviation)}"/>`
      : '';
    const text = `${showDelta(mean)}${Number.isFinite(deviation) ? ` ± ${deviation.toFixed(1)}` : ''}`;
    return html`${label}<g class="${side}">${band}<path class="mean" d="M${x(mean)} ${y - 8}V${y + 8}"/>${seeds.map(
      (seed) => html`<circle cx="${x(seed)}" cy="${y}" r="3.2"/>`,
    )}<text x="${WIDTH - RIGHT + 14}" y="${y + 4.5}">${text}</text></g>`;
  });
  return html`<figure class="chart deltas"><figcaption>Δm against ${baseline.name} <span>%, a dot a seed; line and bar: mean and deviation; grey where it is less than that</span></figcaption>
<svg viewBox="0 0 ${WIDTH} ${bottom + FOOT}" role="img" aria-label="delta_m of every row against ${baseline.name}">
<g class="grid">${ticks.map((tick) => html`<path d="M${x(tick)} ${HEAD}V${bottom}"/>`)}</g>
<path class="axis" d="M${x(0)} ${HEAD}V${bottom}"/>
<g class="ticks" text-anchor="middle">${ticks.map((tick) => html`<text x="${x(tick)}" y="${bottom + 20}">${showTick(tick)}</text>`)}</g>
<g class="names">${drawn}</g>
</svg></figure>`;
}

/** Styles of the chart, beside those of the report. */
export const DELTA_STYLE = `
.deltas { margin-top: 1rem; max-width: 58rem; }
.deltas .names text { fill: var(--ink); font-size: 14px; }
.deltas .ahead { color: var(--good); } .deltas .behind { color: var(--line-1); } .deltas .even { color: var(--soft); }
.deltas g g text { fill: currentColor; font-weight: 600; }
.deltas .mean { stroke: currentColor; stroke-width: 2.5; }
.deltas .reach { stroke: currentColor; stroke-width: 9; opacity: .22; }
.deltas circle { opacity: .8; }
.verdict { max-width: 58rem; margin: 0 0 .5rem; }
`;
