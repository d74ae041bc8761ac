/** Line charts as inline SVG; colours come from the page's `.line-N` classes. */
import { type Html, html } from './html.js';
import type { CurveChart } from './report-data.js';

const WIDTH = 380;
const HEIGHT = 240;
const MARGIN = { top: 10, right: 14, bottom: 42, left: 50 };
const INNER_WIDTH = WIDTH - MARGIN.left - MARGIN.right;
const INNER_HEIGHT = HEIGHT - MARGIN.top - MARGIN.bottom;
/** Longer curves are drawn as the means of buckets of points, with a band for the range of each bucket. */
const MAX_POINTS = 160;
/** Curves of at most this many points show them as dots. */
const MAX_DOTS = 16;
const LINE_STYLES = 6;
/** Lines differ in colour and in their dashes. */
const DASHES = ['', '7 3', '2 3', '9 3 2 3', '5 2', '1 2'];

/** Round values between `low` and `high`, 1, 2 or 5 times a power of ten apart: about `count` of them. */
export function linearTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999) as number;
  const ticks: number[] = [];
  // Counting in whole steps keeps 0.3 from becoming 0.30000000000000004.
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9; n++) {
    ticks.push(Number((n * step).toPrecision(12)));
  }
  return ticks;
}

/** Powers of ten between `low` and `high`, with their multiples by 2 and 5 where there are few of them. */
export function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  if (decades < 0.6) return linearTicks(low, high, 4);
  const every = Math.ceil(decades / 6);
  const factors = decades < 2.5 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++) {
    if (power % every !== 0) continue;
    for (const factor of factors) {
      const tick = Number((factor * 10 ** power).toPrecision(12));
      if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) ticks.push(tick);
    }
  }
  return ticks;
}

/** `20k`, `0.05`, `1e-5`. */
export function showTick(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6 || (size < 1e-3 && size > 0)) return value.toExponential().replace('e+', 'e');
  if (size >= 1e4) return `${Number((value / 1000).toPrecision(6))}k`;
  return String(Number(value.toPrecision(6)));
}

interface Bucket {
  readonly step: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** A point of a curve, with the deviation of the values that it is the mean of. */
interface SpreadPoint {
  readonly step: number;
  readonly value: number;
  readonly deviation: number;
}

/** Groups neighbouring points into at most `MAX_POINTS` buckets. */
function buckets(points: readonly SpreadPoint[]): Bucket[] {
  const size = Math.ceil(points.length / MAX_POINTS);
  return Array.from({ length: Math.ceil(points.length / size) }, (_, n) => {
    const part = points.slice(n * size, (n + 1) * size);
    const values = part.map(({ value }) => value);
    const meanOf = (numbers: number[]) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
    return {
      step: meanOf(part.map(({ step }) => step)),
      mean: meanOf(values),
      low: Math.min(...part.map(({ value, deviation }) => value - deviation)),
      high: Math.max(...part.map(({ value, deviation }) => value + deviation)),
    };
  });
}

/** Maps a range of values to a range of pixels. */
interface Axis {
  readonly ticks: readonly number[];
  readonly at: (value: number) => number;
}

function valueAxis(low: number, high: number, log: boolean): Axis {
  const of = log ? Math.log10 : (value: number) => value;
  // A constant curve is drawn in the middle; others keep a small distance from the frame.
  const flat = low === high ? (log ? 0.5 : Math.abs(low) * 0.5 || 1) : 0;
  const room = flat || (of(high) - of(low)) * 0.04;
  const [bottom, top] = [of(low) - room, of(high) + room];
  const at = (value: number) => MARGIN.top + INNER_HEIGHT * (1 - (of(value) - bottom) / (top - bottom));
  return { ticks: log ? logTicks(10 ** bottom, 10 ** top) : linearTicks(bottom, top, 5), at };
}

function stepAxis(low: number, high: number): Axis {
  const span = high - low || 1;
  const ticks = linearTicks(low, low + span, 5).filter(Number.isInteger);
  return { ticks, at: (step) => MARGIN.left + (INNER_WIDTH * (step - low)) / span };
}

const pixel = (value: number): string => String(Number(value.toFixed(1)));
const pathOf = (points: readonly (readonly [number, number])[]): string =>
  points.map(([x, y], n) => `${n === 0 ? 'M' : 'L'}${pixel(x)} ${pixel(y)}`).join('');

function drawLine(drawn: readonly Bucket[], style: number, x: Axis, y: Axis): Html {
  const line = drawn.map(({ step, mean }) => [x.at(step), y.at(mean)] as const);
  const upper = drawn.map(({ step, high }) => [x.at(step), y.at(high)] as const);
  const lower = drawn.map(({ step, low }) => [x.at(step), y.at(low)] as const).reverse();
  const band = drawn.some(({ low, high }) => low < high)
    ? html`<path class="band" d="${pathOf([...upper, ...lower])}Z"/>`
    : '';
  const dots = drawn.length <= MAX_DOTS ? line : [];
  return html`<g class="line-${style % LINE_STYLES}">${band}<path class="curve" d="${pathOf(line)}" ${dashOf(style)}/>${dots.map(
    ([cx, cy]) => html`<circle cx="${pixel(cx)}" cy="${pixel(cy)}" r="2.6"/>`,
  )}</g>`;
}

function dashOf(style: number): Html {
  // Lines that share a colour differ in their dashes.
  const dash = DASHES[(style + Math.floor(style / LINE_STYLES)) % DASHES.length];
  return dash === '' ? html`` : html`stroke-dasharray="${dash}"`;
}

/** A short piece of a line, for legends. */
export function lineSample(style: number): Html {
  return html`<svg class="key line-${style % LINE_STYLES}" viewBox="0 0 28 8" width="28" height="8" aria-hidden="true"><path class="curve" d="M1 4L27 4" ${dashOf(style)}/></svg>`;
}

/**
 * Draws a chart.
 * @param styleOf the number of a line's colour and dashes, by its name
 */
export function renderChart(chart: CurveChart, styleOf: (name: string) => number): Html {
  const log = chart.scale === 'log';
  const lines = chart.lines
    .map(({ name, points, deviations = [] }) => ({
      name,
      points: points
        .map(([step, value], n) => ({ step, value, deviation: deviations[n] || 0 }))
        // On a logarithmic axis a band cannot reach 0: it ends at a tenth of the curve.
        .map((point) => (log ? { ...point, deviation: Math.min(point.deviation, 0.9 * point.value) } : point))
        .filter(({ value }) => Number.isFinite(value) && (!log || value > 0)),
    }))
    .filter(({ points }) => points.length > 0)
    .map(({ name, points }) => ({ name, points, drawn: buckets(points) }));
  const notes = [chart.unit, log ? 'log scale' : undefined].filter((note) => note !== undefined && note !== '');
  const caption = html`<figcaption>${chart.title}${notes.length > 0 ? html` <span>${notes.join(', ')}</span>` : ''}</figcaption>`;
  if (lines.length === 0) return html`<figure class="chart">${caption}<p class="none">No values yet.</p></figure>`;
  const steps = extent(lines.flatMap(({ points }) => points.map(({ step }) => step)));
  const x = stepAxis(...steps);
  const y = valueAxis(...extent(lines.flatMap(({ drawn }) => drawn.flatMap(({ low, high }) => [low, high]))), log);
  const right = WIDTH - MARGIN.right;
  const bottom = HEIGHT - MARGIN.bottom;
  const ends = lines.map(
    ({ name, points }) => `${name} ends at ${showTick(Number(points[points.length - 1].value.toPrecision(4)))}`,
  );
  return html`<figure class="chart">${caption}
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${chart.title} over ${showTick(steps[0])} to ${showTick(steps[1])} steps: ${ends.join(', ')}">
<g class="grid">${y.ticks.map((tick) => html`<path d="M${MARGIN.left} ${pixel(y.at(tick))}H${right}"/>`)}</g>
<path class="axis" d="M${MARGIN.left} ${bottom}H${right}"/>
<g class="ticks" text-anchor="end">${y.ticks.map((tick) => html`<text x="${MARGIN.left - 8}" y="${pixel(y.at(tick) + 4.5)}">${showTick(tick)}</text>`)}</g>
<g class="ticks" text-anchor="middle">${x.ticks.map((tick) => html`<text x="${pixel(x.at(tick))}" y="${bottom + 17}">${showTick(tick)}</text>`)}<text x="${MARGIN.left + INNER_WIDTH / 2}" y="${HEIGHT - 6}">step</text></g>
${lines.map(({ name, drawn }) => drawLine(drawn, styleOf(name), x, y))}
</svg></figure>`;
}

/** Least and largest value. (Math.min(...values) would overflow the stack with many thousand points.) */
function extent(values: readonly number[]): [number, number] {
  return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [values[0], values[0]]);
}
