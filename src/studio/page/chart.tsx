/** One chart over the steps: curves of several runs, values under the pointer, zoom. */
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { colourOf, dark, dashOf } from './colours';
import { NOTHING } from './format';
import { type Curve, smoothed } from './series';

/** The steps that all charts show; null: all. */
export const range = signal<readonly [from: number, to: number] | null>(null);

export interface ChartLine {
  readonly label: string;
  /** Of the run among those chosen: its colour. */
  readonly index: number;
  readonly curve: Curve;
}

interface Props {
  readonly title: string;
  readonly lines: readonly ChartLine[];
  readonly smoothing: number;
  readonly show: (value: number | null | undefined) => string;
  readonly tick: (value: number) => string;
}

const HEIGHT = 210;

function dataOf(lines: readonly ChartLine[], smoothing: number): uPlot.AlignedData {
  const tables = lines.map(
    ({ curve }) => [curve.steps, curve.values, smoothed(curve.values, smoothing)] as unknown as uPlot.AlignedData,
  );
  return tables.length === 1 ? tables[0] : uPlot.join(tables);
}

/** Draws a chart; the arrow keys move through its steps, and Escape shows all of them. */
export function Chart({ title, lines, smoothing, show, tick }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const [at, setAt] = useState<number | null>(null);
  const [from, to] = range.value ?? [null, null];
  const kinds = lines.map(({ label, index }) => `${index} ${label}`).join('\n');
  const rough = smoothing > 0;

  // New data change the plot below, and do not make a new one.
  useEffect(() => {
    const element = place.current as HTMLDivElement;
    const style = getComputedStyle(element);
    const [ink, grid] = [style.getPropertyValue('--soft'), style.getPropertyValue('--grid')];
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid }, font: '12px system-ui' };
    const options: uPlot.Options = {
      width: element.clientWidth || 300,
      height: HEIGHT,
      scales: { x: { time: false } },
      axes: [
        { ...axis, size: 34 },
        { ...axis, size: 58, values: (_, ticks) => ticks.map(tick) },
      ],
      legend: { show: false },
      cursor: { sync: { key: 'step' }, drag: { x: true, y: false }, points: { size: 7 } },
      series: [
        {},
        ...lines.flatMap(({ label, index, curve }): uPlot.Series[] => {
          const [stroke, dash] = [colourOf(index), dashOf(index)];
          const points = { show: curve.steps.length < 12, size: 6 };
          return [
            { label, stroke: `${stroke}55`, width: 1, show: rough, spanGaps: true, points: { show: false } },
            { label, stroke, dash, width: 2, spanGaps: true, points },
          ];
        }),
      ],
      hooks: {
        setCursor: [(u) => setAt(u.cursor.idx ?? null)],
        setSelect: [
          (u) => {
            const { left, width } = u.select;
            if (width > 4) range.value = [u.posToVal(left, 'x'), u.posToVal(left + width, 'x')];
            u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
      },
    };
    const drawn = new uPlot(options, dataOf(lines, smoothing), element);
    plot.current = drawn;
    drawn.over.addEventListener('dblclick', () => {
      range.value = null;
    });
    const watch = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth || 300, height: HEIGHT }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      drawn.destroy();
      plot.current = undefined;
    };
  }, [kinds, rough, dark.value, lines.some(({ curve }) => curve.steps.length < 12)]);

  const size = lines.map(({ curve }) => `${curve.steps.length} ${curve.steps.at(-1)}`).join();
  // The curves grow in place, which `size` tells.
  useEffect(() => {
    const drawn = plot.current;
    if (!drawn) return;
    drawn.setData(dataOf(lines, smoothing), from === null);
    if (from !== null && to !== null) drawn.setScale('x', { min: from, max: to });
  }, [size, smoothing, from, to, kinds, rough, dark.value]);

  const press = (event: KeyboardEvent) => {
    const drawn = plot.current;
    if (!drawn) return;
    if (event.key === 'Escape') range.value = null;
    const steps = drawn.data[0];
    const move = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20, Home: -1e9, End: 1e9 }[event.key];
    if (move === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(steps.length - 1, (at ?? (move < 0 ? steps.length : -1)) + move));
    const left = drawn.valToPos(steps[next], 'x');
    drawn.setCursor({ left, top: 10 });
  };

  const data = plot.current?.data;
  const step = at === null ? undefined : data?.[0][at];
  const values = lines.map(({ label, index, curve }, i) => ({
    ...{ label, index },
    value: at === null || !data ? curve.values.at(-1) : data[2 * i + 1]?.[at],
  }));
  const where = step === undefined ? 'latest' : `step ${step}`;
  const told = values.map(({ label, value }) => `${label} ${show(value)}`).join(', ');
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div
        ref={place}
        class="plot"
        role="slider"
        tabIndex={0}
        aria-label={title}
        aria-valuemin={0}
        aria-valuemax={data?.[0].at(-1) ?? 0}
        aria-valuenow={step ?? data?.[0].at(-1) ?? 0}
        aria-valuetext={`${where}: ${told}`}
        onKeyDown={press}
      />
      <p class="readout">
        <span class="where">{where}</span>
        {values.map(({ label, index, value }) => (
          <span key={index} title={label}>
            <i style={{ background: colourOf(index) }} />
            {value === undefined ? NOTHING : show(value)}
          </span>
        ))}
      </p>
    </figure>
  );
}
