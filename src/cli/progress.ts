/** Progress bars, and lines of progress where there is no terminal. */
import { MultiBar, type Params } from 'cli-progress';

export interface ProgressOptions {
  /** The name of the run or the work, at the beginning of the line. */
  readonly title: string;
  readonly total: number;
  /** What is counted, in the plural: `steps`, `images`. */
  readonly unit: string;
  /** How much was done before, where the work is resumed; 0 where absent. */
  readonly start?: number;
}

export interface ProgressFacts {
  /** Name to value, such as each task's loss. */
  readonly losses?: Readonly<Record<string, number>>;
  readonly imagesPerSecond?: number;
  /** Short text after the numbers, such as `evaluating`. */
  readonly note?: string;
}

export interface Progress {
  /**
   * Shows a new state. Facts that are left out keep their last value, but a note is shown until the next update only.
   */
  update(done: number, facts?: ProgressFacts): void;
  /** Prints a line that stays: above the bar in a terminal, after the lines before elsewhere. */
  message(line: string): void;
  /** Shows the last state and ends; later calls do nothing. */
  close(): void;
}

/** The stream on which progress is shown, and the clock; tests replace both. */
export interface ProgressOutput {
  readonly stream: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly nowMillis: () => number;
}

/** Milliseconds between two plain lines. */
const PLAIN_MILLIS = 5000;
const BAR_WIDTH = 24;

/**
 * Shows the progress of long work: a live bar where standard error is a terminal, a plain line every few seconds
 * elsewhere.
 */
export function openProgress(
  options: ProgressOptions,
  output: ProgressOutput = { stream: process.stderr, nowMillis: () => performance.now() },
): Progress {
  const state = new State(options, output.nowMillis);
  return output.stream.isTTY ? openBar(state, output) : openPlain(state, output);
}

class State {
  done: number;
  private facts: ProgressFacts = {};
  private readonly beganMillis: number;

  constructor(
    readonly options: ProgressOptions,
    private readonly nowMillis: () => number,
  ) {
    this.done = options.start ?? 0;
    this.beganMillis = nowMillis();
  }

  update(done: number, facts: ProgressFacts = {}): void {
    this.done = done;
    this.facts = { ...this.facts, note: undefined, ...facts };
  }

  get counts(): string {
    const { total, unit } = this.options;
    const share = total === 0 ? 100 : Math.floor((100 * this.done) / total);
    return `${String(this.done).padStart(String(total).length)}/${total} ${unit} ${String(share).padStart(3)} %`;
  }

  /** Losses, speed, time left and note, with two spaces between. */
  get numbers(): string {
    const { losses = {}, imagesPerSecond, note } = this.facts;
    const parts = Object.entries(losses).map(([name, loss]) => `${name} ${showLoss(loss)}`);
    if (imagesPerSecond !== undefined) parts.push(`${showRate(imagesPerSecond)} images/s`);
    const left = this.secondsLeft();
    if (left !== undefined) parts.push(`${showSeconds(left)} left`);
    if (note !== undefined) parts.push(note);
    return parts.join('  ');
  }

  private secondsLeft(): number | undefined {
    const { start = 0, total } = this.options;
    if (this.done <= start || this.done >= total) return undefined;
    const seconds = (this.nowMillis() - this.beganMillis) / 1000;
    return (seconds / (this.done - start)) * (total - this.done);
  }
}

const showLoss = (loss: number): string =>
  Number.isNaN(loss) ? 'no labels' : Math.abs(loss) >= 1000 ? loss.toExponential(2) : loss.toPrecision(4);
const showRate = (rate: number): string => rate.toFixed(rate < 10 ? 1 : 0);

/** Longer times are told in days. */
const MOST_HOURS = 100;

/** `45 s`, `12 min 30 s`, `3 h 05 min`, `12 days`. */
export function showSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (n: number) => String(n).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  if (minutes >= MOST_HOURS * 60) return `${Math.round(minutes / (24 * 60))} days`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

function openPlain(state: State, { stream, nowMillis }: ProgressOutput): Progress {
  let shownMillis = Number.NEGATIVE_INFINITY;
  let shown = '';
  let closed = false;
  const show = () => {
    const line = `${state.options.title}  ${state.counts}  ${state.numbers}`.trimEnd();
    if (line !== shown) stream.write(`${line}\n`);
    shown = line;
    shownMillis = nowMillis();
  };
  return {
    update(done, facts) {
      if (closed) return;
      state.update(done, facts);
      if (nowMillis() - shownMillis >= PLAIN_MILLIS) show();
    },
    message(line) {
      if (!closed) stream.write(`${line}\n`);
    },
    close() {
      if (!closed) show();
      closed = true;
    },
  };
}

function openBar(state: State, { stream }: ProgressOutput): Progress {
  const bars = new MultiBar({
    stream,
    clearOnComplete: false,
    // A killed process could not show a hidden cursor again, nor turn the wrapping of lines on again.
    hideCursor: false,
    linewrap: true,
    gracefulExit: false, // the trainer handles Ctrl-C, and saves first
    forceRedraw: true, // a message erases the bar

    format: (_options: unknown, { progress }: Params) => {
      const full = Math.round(BAR_WIDTH * progress);
      return `${state.options.title} ${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} ${state.counts}  ${state.numbers}`;
    },
  });
  const bar = bars.create(state.options.total, state.done);
  let closed = false;
  return {
    update(done, facts) {
      if (closed) return;
      state.update(done, facts);
      bar.update(done);
    },
    message(line) {
      if (!closed) bars.log(`${line}\n`);
    },
    close() {
      if (closed) return;
      closed = true;
      bars.update(); // messages are written by updates only
      bars.stop();
    },
  };
}
