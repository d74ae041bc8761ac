/** The events of one run as curves and as a log. */
import type { EventLines, MetricFacts, TaskFacts } from '../protocol';

export interface Curve {
  readonly steps: number[];
  readonly values: (number | null)[];
}

export interface LogEntry {
  readonly type: string;
  readonly step?: number;
  readonly time?: string;
  readonly event: Readonly<Record<string, unknown>>;
}

/** What a chart is about: the same key in several runs is drawn in one chart. */
export interface ChartFacts {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  readonly metric?: MetricFacts;
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);

export class RunEvents {
  edition = '';
  /** Where the next lines begin. */
  to = 0;
  readonly curves = new Map<string, Curve>();
  readonly log: LogEntry[] = [];
  damaged = 0;

  /** Takes lines of the server; those from the first on replace all. @param images of one update */
  take({ edition, from, to, lines }: EventLines, images: number | undefined): void {
    if (from === 0 || edition !== this.edition) {
      this.curves.clear();
      this.log.length = 0;
      this.damaged = 0;
    } else if (from !== this.to) return;
    this.edition = edition;
    this.to = to;
    for (const line of lines) {
      try {
        this.event(record(JSON.parse(line)), images);
      } catch {
        this.damaged++;
      }
    }
  }

  private event(event: Readonly<Record<string, unknown>>, images: number | undefined): void {
    const step = number(event.step) ?? undefined;
    const type = String(event.type);
    if (type === 'step' && step !== undefined) {
      for (const [task, loss] of Object.entries(record(event.losses))) this.point(`loss ${task}`, step, number(loss));
      this.point('total', step, number(event.total));
      this.point('rate', step, number(event.rate));
      const millis = number(event.stepMillis);
      if (images && millis) this.point('speed', step, (1000 * images) / millis);
      return;
    }
    if (type === 'evaluation' && step !== undefined) {
      for (const [task, values] of Object.entries(record(event.values)))
        for (const [name, value] of Object.entries(record(values)))
          this.point(`metric ${task} ${name}`, step, number(value));
      this.point('score', step, number(event.score));
    }
    if (type !== 'evaluating')
      this.log.push({ type, step, time: typeof event.time === 'string' ? event.time : undefined, event });
  }

  /** A step that comes again, as after a resumption, replaces what followed it. */
  private point(key: string, step: number, value: number | null): void {
    let curve = this.curves.get(key);
    if (!curve) {
      curve = { steps: [], values: [] };
      this.curves.set(key, curve);
    }
    while (curve.steps.length > 0 && curve.steps[curve.steps.length - 1] >= step) {
      curve.steps.pop();
      curve.values.pop();
    }
    curve.steps.push(step);
    curve.values.push(value);
  }
}

/** The charts of some runs in their order: losses, score, metrics, then rate and speed. */
export function chartsOf(events: readonly RunEvents[], tasks: readonly TaskFacts[]): ChartFacts[] {
  const keys = new Set(events.flatMap(({ curves }) => [...curves.keys()]));
  const kinds: readonly (readonly [prefix: string, make: (key: string) => ChartFacts])[] = [
    ['loss ', (key) => ({ key, title: `Loss of ${key.slice(5)}`, unit: '' })],
    ['total', (key) => ({ key, title: 'Weighted sum of the losses', unit: '' })],
    ['score', (key) => ({ key, title: 'Score', unit: '' })],
    ['metric ', (key) => metricChart(key, tasks)],
    ['rate', (key) => ({ key, title: 'Learning rate', unit: '' })],
    ['speed', (key) => ({ key, title: 'Speed', unit: 'images/s' })],
  ];
  return kinds.flatMap(([prefix, make]) => [...keys].filter((key) => key.startsWith(prefix)).map(make));
}

function metricChart(key: string, tasks: readonly TaskFacts[]): ChartFacts {
  const [, task, name] = key.split(' ');
  const metric = tasks.find((one) => one.name === task)?.metrics.find((one) => one.name === name);
  return { key, title: `${task}: ${name}`, unit: metric?.unit ?? '', metric };
}

/** Exponential moving average, its beginning corrected; 0 leaves the curve as it is. */
export function smoothed(values: readonly (number | null)[], strength: number): (number | null)[] {
  if (strength === 0) return [...values];
  let [sum, weight] = [0, 0];
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return value;
    sum = strength * sum + (1 - strength) * value;
    weight = strength * weight + (1 - strength);
    return sum / weight;
  });
}
