/** How time and memory of a training step grow with tasks, width, resolution and batch. */
import { cpus } from 'node:os';
import { join } from 'node:path';
import { openProgress } from '../../src/cli/progress.js';
import { renderMarkdown, renderTable, type Table } from '../../src/experiments/table.js';
import { readText, writeWhole } from '../../src/files.js';
import { writePicture } from '../compare/chart.js';
import { chosenBy, measure } from '../compare/measure.js';
import { NDDR } from '../compare/peers.js';
import { showNumber } from '../compare/tables.js';
import { fitPowerLaw, medianOf } from '../statistics.js';
import { AXES, type AxisName, BASE, FUSION, multiplyAddsOf, pointOf } from './axes.js';
import { drawGrowth } from './plot.js';

export interface GrowthOptions {
  readonly only?: string;
  readonly rounds: number;
  readonly quick?: boolean;
  readonly threads: number;
  readonly json?: string;
  readonly out: string;
  /** Show these results together in place of measuring. */
  readonly from?: readonly string[];
}

export interface GrowthPoint {
  readonly value: number;
  readonly multiplyAdds: number;
  readonly millis: number;
  readonly memoryMib: number;
}

export interface GrowthCurve {
  readonly axis: AxisName;
  readonly points: readonly GrowthPoint[];
}

export interface Growth {
  readonly machine: string;
  readonly curves: readonly GrowthCurve[];
}

/** What grows, as the power of what is varied. */
export const exponentOf = ({ points }: GrowthCurve, key: 'millis' | 'memoryMib' | 'multiplyAdds'): number =>
  fitPowerLaw(points.map((point) => [point.value, point[key]] as const)).exponent;

export async function benchGrowth(options: GrowthOptions): Promise<void> {
  const growth = options.from ? await readGrowth(options.from) : await measureGrowth(options);
  const base = join(options.out, 'growth');
  const files = [options.json ?? `${base}.json`, `${base}.md`];
  await writeWhole(files[0], [`${JSON.stringify(growth, null, 2)}\n`]);
  await writeWhole(files[1], [`${renderGrowth(growth, renderMarkdown)}\n`]);
  files.push(...(await writePicture(drawGrowth(growth.curves), base)));
  console.log(`\n${renderGrowth(growth, renderTable)}`);
  console.error(`Written: ${files.join(', ')}`);
}

/** Where two files hold the same curve the later one counts. */
async function readGrowth(files: readonly string[]): Promise<Growth> {
  const all = await Promise.all(files.map(async (file) => JSON.parse(await readText(file)) as Growth));
  const curves = new Map(all.flatMap((one) => one.curves.map((curve) => [curve.axis, curve] as const)));
  return { machine: all[all.length - 1].machine, curves: [...curves.values()] };
}

async function measureGrowth({ only = '', rounds: asked, quick, threads }: GrowthOptions): Promise<Growth> {
  const rounds = quick ? 1 : asked;
  const axes = chosenBy(only, Object.keys(AXES) as AxisName[], (name) => name);
  // The base lies on every axis and is measured once.
  const all = axes.flatMap((axis) => AXES[axis].values.map((value) => pointOf(axis, value)));
  const points = new Map(all.map((point) => [JSON.stringify(point), { point, millis: [], memory: [] } as Measured]));
  const cost = multiplyAddsOf(BASE);
  const progress = openProgress({ title: 'growth', total: rounds * points.size, unit: 'measurements' });
  let done = 0;
  for (let round = 0; round < rounds; round++) {
    for (const { point, millis, memory } of points.values()) {
      const words = Object.entries(point).flatMap(([name, value]) => [`--${name}`, String(value)]);
      progress.update(done++, { note: words.join(' ') });
      const most = quick ? 6 : 20;
      const steps = Math.max(3, Math.min(most, Math.round((most * cost) / multiplyAddsOf(point))));
      const more = ['--fusion', FUSION, '--steps', String(steps), '--threads', String(threads)];
      const line = await measure([...NDDR.command, 'step', ...words, ...more]);
      millis.push(Number(line.step_ms));
      memory.push(Number(line.peak_rss_mib));
    }
  }
  progress.update(done);
  progress.close();
  const curves = axes.map((axis) => ({
    axis,
    points: AXES[axis].values.map((value): GrowthPoint => {
      const point = pointOf(axis, value);
      const { millis, memory } = points.get(JSON.stringify(point)) as Measured;
      return { value, multiplyAdds: multiplyAddsOf(point), millis: medianOf(millis), memoryMib: medianOf(memory) };
    }),
  }));
  const date = new Date().toISOString().slice(0, 10);
  return { machine: `${cpus().length} processors (${cpus()[0]?.model}), ${rounds} round(s), ${date}`, curves };
}

interface Measured {
  readonly point: typeof BASE;
  readonly millis: number[];
  readonly memory: number[];
}

function renderGrowth({ curves, machine }: Growth, render: (table: Table) => string): string {
  const parts = [render(exponentTable(curves)), ...curves.map((curve) => render(pointTable(curve)))];
  const base = Object.entries(BASE).map(([name, value]) => `${name} ${value}`);
  return [...parts, `Each varied alone from ${base.join(', ')} (${FUSION}). Measured on ${machine}.`].join('\n\n');
}

const plain = (...titles: string[]) => titles.map((title) => ({ group: '', title, unit: '' }));
const cells = (...texts: string[]) => texts.map((text) => ({ text, best: false }));

const exponentTable = (curves: readonly GrowthCurve[]): Table => ({
  corner: 'exponent of growth with',
  columns: plain('step time', 'arithmetic', 'peak memory'),
  rows: curves.map((curve) => ({
    name: AXES[curve.axis].title,
    cells: cells(...(['millis', 'multiplyAdds', 'memoryMib'] as const).map((key) => exponentOf(curve, key).toFixed(2))),
  })),
});

const pointTable = ({ axis, points }: GrowthCurve): Table => ({
  corner: AXES[axis].title,
  columns: plain('step ms', 'G multiply-adds', 'G multiply-adds/s', 'peak MiB'),
  rows: points.map(({ value, millis, multiplyAdds, memoryMib }) => ({
    name: String(value),
    cells: cells(
      showNumber(millis),
      showNumber(multiplyAdds / 1e9),
      showNumber(multiplyAdds / millis / 1e6),
      showNumber(memoryMib),
    ),
  })),
});
