/** What the server tells the page, as JSON. Types only: both sides import them. */

/**
 * `running`: a process holds its lock. `done`, `stopped`, `failed`: as its last event says. `killed`: it has no end, and
 * no process works on it. `damaged`: its files cannot be read.
 */
export type RunState = 'running' | 'done' | 'stopped' | 'failed' | 'killed' | 'damaged';

export interface MetricFacts {
  readonly name: string;
  /** As in `MetricSpec`: values of `%` are kept as 0..1. */
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly main: boolean;
}

export interface TaskFacts {
  readonly name: string;
  readonly kind: string;
  readonly metrics: readonly MetricFacts[];
}

/** Values by task, then by metric; null where a value is not a number. */
export type Values = Readonly<Record<string, Readonly<Record<string, number | null>>>>;

/** One row of the list of runs. */
export interface RunSummary {
  /** The folder, relative to the folder of the studio, with `/`; empty for that folder itself. */
  readonly id: string;
  /** Its name in its configuration, or that of its folder. */
  readonly name: string;
  readonly state: RunState;
  /** What is wrong with it, in sentences: a damaged file, the message of a failure. */
  readonly problems: readonly string[];
  readonly data?: string;
  readonly fusion?: string;
  readonly backbone?: string;
  readonly tasks: readonly TaskFacts[];
  /** Images of one update. */
  readonly images?: number;
  readonly step: number;
  readonly steps?: number;
  /** ISO dates of its first and its last event. */
  readonly began?: string;
  readonly updated?: string;
  readonly secondsLeft?: number;
  readonly imagesPerSecond?: number;
  readonly score?: number;
  /** `scaled`, or `delta_m` in per cent. */
  readonly scoreKind?: string;
  /** Of the final report, or else of the latest evaluation. */
  readonly values?: Values;
  readonly split?: string;
  /** In per cent, from `runs.csv` of the experiment that the run belongs to. */
  readonly deltaPercent?: number;
  /** Bytes of `events.jsonl` that have been read. */
  readonly size: number;
  /** Names the file: it is written anew when a run is resumed, and offsets of another edition mean nothing. */
  readonly edition: string;
}

export interface RunDetails {
  readonly summary: RunSummary;
  /** Missing where `config.json` cannot be read. */
  readonly config?: unknown;
  readonly checkpoints: readonly { readonly name: string; readonly bytes: number }[];
  /** Paths within the run, for `/api/picture`. */
  readonly pictures: readonly string[];
}

/** Whole lines of `events.jsonl`, as text: those that are not JSON are the page's to count. */
export interface EventLines {
  readonly id: string;
  readonly edition: string;
  readonly from: number;
  /** Where the next lines begin. */
  readonly to: number;
  readonly lines: readonly string[];
  /** Whether there are more at once. */
  readonly more: boolean;
}

/** Sent by the stream: rows that are new or have changed, and runs that are gone. */
export interface RunChanges {
  readonly changed: readonly RunSummary[];
  readonly removed: readonly string[];
}
