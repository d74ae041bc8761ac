/** Growth on logarithmic axes: a straight line is a power law, its slope the exponent. */
import { logTicks, showTick } from '../../src/experiments/curves.js';
import { type Html, html } from '../../src/experiments/html.js';
import { FONT } from '../compare/chart.js';
import { AXES, BASE } from './axes.js';
import { exponentOf, type GrowthCurve, type GrowthPoint } from './growth.js';

const PANEL = { width: 270, height: 235 };
const MARGIN = { top: 44, right: 14, bottom: 40, left: 50 };
const HEAD = 56;
const INNER = {
  width: PANEL.width - MARGIN.left - MARGIN.right,
  height: PANEL.height - MARGIN.top - MARGIN.bottom,
};

const ROWS = [
  { key: 'millis', title: 'step, ms', colour: '#1f68c1' },
  { key: 'memoryMib', title: 'peak memory, MiB', colour: '#c2410c' },
] as const;
const GREY = '#8a8d96';

/** A panel for each curve: time above, memory below. */
export function drawGrowth(curves: readonly GrowthCurve[]): string {
  const width = PANEL.width * curves.length + 20;
  const height = HEAD + PANEL.height * ROWS.length;
  const panels = curves.flatMap((curve, column) =>
    ROWS.map((row, line) => {
      const place = `translate(${10 + column * PANEL.width} ${HEAD + line * PANEL.height})`;
      return html`<g transform="${place}">${drawPanel(curve, row)}</g>`;
    }),
  );
  const base = `tasks ${BASE.tasks}, width ${BASE.width}, ${BASE.size} pixels a side, batch ${BASE.batch}`;
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${FONT}" font-size="12" fill="#1c1d21"><rect width="${width}" height="${height}" fill="#fff"/><text x="20" y="24" font-size="15" font-weight="bold">How a training step grows</text><text x="20" y="43" fill="#5a5d66">each varied alone from ${base}; dashed: the arithmetic, through the same point</text>${panels}</svg>`
    .text;
}

function drawPanel(curve: GrowthCurve, { key, title, colour }: (typeof ROWS)[number]): Html {
  const { axis, points } = curve;
  const { title: what, key: varied } = AXES[axis];
  const origin = points.find(({ value }) => value === BASE[varied]) ?? points[0];
  const arithmetic = points.map((point) => (origin[key] * point.multiplyAdds) / origin.multiplyAdds);
  const shown = key === 'millis' ? arithmetic : [];
  const x = scale(
    points.map(({ value }) => value),
    MARGIN.left,
    MARGIN.left + INNER.width,
  );
  const y = scale([...points.map((point) => point[key]), ...shown], MARGIN.top + INNER.height, MARGIN.top);
  const line = (of: (point: GrowthPoint, i: number) => number) =>
    points
      .map((point, i) => `${i ? 'L' : 'M'}${x.at(point.value).toFixed(1)} ${y.at(of(point, i)).toFixed(1)}`)
      .join('');
  const [right, bottom] = [MARGIN.left + INNER.width, MARGIN.top + INNER.height];
  const exponents = `exponent ${exponentOf(curve, key).toFixed(2)}`;
  const counted = key === 'millis' ? `, arithmetic ${exponentOf(curve, 'multiplyAdds').toFixed(2)}` : '';
  return html`<text x="${MARGIN.left}" y="16" font-weight="bold">${title}</text><text x="${MARGIN.left}" y="33" fill="${colour}">${exponents}${counted}</text>
${y.ticks.map((tick) => html`<path d="M${MARGIN.left} ${y.at(tick)}H${right}" stroke="#e4e5e8"/><text x="${MARGIN.left - 6}" y="${y.at(tick) + 4}" text-anchor="end" font-size="11">${showTick(tick)}</text>`)}
${points.map(({ value }) => html`<path d="M${x.at(value)} ${MARGIN.top}V${bottom}" stroke="#f0f0f2"/><text x="${x.at(value)}" y="${bottom + 16}" text-anchor="middle" font-size="11">${value}</text>`)}
<text x="${MARGIN.left + INNER.width / 2}" y="${bottom + 33}" text-anchor="middle">${what}</text><path d="M${MARGIN.left} ${MARGIN.top}V${bottom}H${right}" fill="none" stroke="#8a8d96"/>
${shown.length > 0 ? html`<path d="${line((_, i) => arithmetic[i])}" fill="none" stroke="${GREY}" stroke-width="1.5" stroke-dasharray="5 4"/>` : ''}<path d="${line((point) => point[key])}" fill="none" stroke="${colour}" stroke-width="2"/>${points.map((point) => html`<circle cx="${x.at(point.value)}" cy="${y.at(point[key])}" r="3.2" fill="${colour}"/>`)}`;
}

/** A logarithmic axis over the values, with a little room at both ends. */
function scale(values: readonly number[], from: number, to: number) {
  const [low, high] = [Math.min(...values), Math.max(...values)].map(Math.log);
  const room = (high - low) * 0.06 || 0.3;
  const at = (value: number) => from + ((to - from) * (Math.log(value) - low + room)) / (high - low + 2 * room);
  return { at, ticks: logTicks(Math.exp(low - room), Math.exp(high + room)) };
}
