/** How far a run is, from its events as they come. */
import { isObject, type JsonObject } from '../json.js';
import { several } from '../words.js';
import { numberAt } from './facts.js';
import type { RunSummary, Values } from './protocol.js';

/** Rates are means over this many of the latest steps. */
const RECENT = 20;

const STEP = '{"type":"step"';

/** Follows the events of one run. */
export class Progress {
  private last: JsonObject | undefined;
  private first: JsonObject | undefined;
  private judged: JsonObject | undefined;
  private final: JsonObject | undefined;
  private recent: JsonObject[] = [];
  private best: { readonly score: number; readonly kind: unknown } | undefined;
  private damaged = 0;

  /** Takes whole lines, in their order. */
  take(lines: readonly string[]): void {
    for (const [i, line] of lines.entries()) {
      // Most lines are steps, of which only the latest count here.
      if (line.startsWith(STEP) && line.endsWith('}') && i < lines.length - RECENT && this.first) continue;
      const event = parsed(line);
      if (event) this.event(event);
      else this.damaged++;
    }
  }

  private event(event: JsonObject): void {
    this.first ??= event;
    this.last = event;
    if (event.type === 'start') this.recent = [];
    if (event.type === 'step') this.recent = [...this.recent.slice(1 - RECENT), event];
    if (event.type === 'final') this.final = event;
    if (event.type !== 'evaluation') return;
    this.judged = event;
    const score = numberAt(event, 'score');
    if (score !== undefined && (event.best === true || score > (this.best?.score ?? Number.NEGATIVE_INFINITY)))
      this.best = { score, kind: event.kind };
  }

  /** How the last event ends the run; undefined where it does not. */
  get end(): 'done' | 'failed' | 'stopped' | undefined {
    const type = this.last?.type;
    return type === 'done' || type === 'failed' || type === 'stopped' ? type : undefined;
  }

  /** @param images of one update */
  summary(
    images: number | undefined,
    steps: number | undefined,
  ): Pick<
    RunSummary,
    | 'step'
    | 'began'
    | 'updated'
    | 'secondsLeft'
    | 'imagesPerSecond'
    | 'score'
    | 'scoreKind'
    | 'values'
    | 'split'
    | 'problems'
  > {
    const found = this.final ?? this.judged;
    const stepMillis = meanOf(this.recent.flatMap((event) => numberAt(event, 'stepMillis') ?? []));
    const step = numberAt(this.last, 'step') ?? this.recent.map((event) => numberAt(event, 'step')).at(-1) ?? 0;
    const left = steps === undefined || this.end ? undefined : steps - step;
    return {
      step,
      began: text(this.first?.time),
      updated: text(this.last?.time),
      secondsLeft: left && stepMillis && (left * stepMillis) / 1000,
      imagesPerSecond: images && stepMillis && (1000 * images) / stepMillis,
      score: this.best?.score,
      scoreKind: text(this.best?.kind),
      values: valuesOf(found?.values),
      split: text(found?.split),
      problems: [
        ...(this.damaged > 0
          ? [`events.jsonl: ${several(this.damaged, 'line')} cannot be read and are left out.`]
          : []),
        ...(this.last?.type === 'failed' ? [text(this.last.message, 2000) ?? 'It failed.'] : []),
      ],
    };
  }
}

function parsed(line: string): JsonObject | undefined {
  try {
    const event: unknown = JSON.parse(line);
    return isObject(event) && typeof event.type === 'string' ? event : undefined;
  } catch {
    return undefined;
  }
}

const text = (value: unknown, longest = 100): string | undefined =>
  typeof value === 'string' ? value.slice(0, longest) : undefined;

const meanOf = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;

function valuesOf(values: unknown): Values | undefined {
  if (!isObject(values)) return undefined;
  const tasks = Object.entries(values).filter((entry): entry is [string, JsonObject] => isObject(entry[1]));
  return Object.fromEntries(
    tasks.map(([task, metrics]) => [
      task,
      Object.fromEntries(Object.keys(metrics).map((name) => [name, numberAt(metrics, name) ?? null])),
    ]),
  );
}
