/** The folder of a run: which files it has, and how they are read and written. */
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NddrError } from '../../errors.js';
import { appendLine, PART_SUFFIX, readLines, readText, readWhole, writeJson, writeWhole } from '../../files.js';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../checkpoint.js';

const CONFIG = 'config.json';
const EVENTS = 'events.jsonl';
const CHECKPOINTS = 'checkpoints';
const BEST = 'best.safetensors';
const STEP_FILE = /^step-(\d+)\.safetensors$/;
const DEFAULT_KEPT = 3;

/** The checkpoint of a step, relative to the folder of its run. */
export const checkpointAt = (step: number): string =>
  join(CHECKPOINTS, `step-${String(step).padStart(6, '0')}.safetensors`);

/** One line of `events.jsonl`. `step`: steps done when it happened. */
export interface StoredEvent {
  readonly type: string;
  readonly step?: number;
  readonly [key: string]: unknown;
}

/** Keys of events whose values are numbers, or objects of numbers at any depth. */
const NUMBERS = ['losses', 'values', 'weights', 'score', 'total', 'shares'] as const;

/** The event with NaN for numbers that JSON holds as null. */
function withNumbers(event: StoredEvent): StoredEvent {
  const numbers = NUMBERS.filter((key) => key in event).map((key) => [key, withNaN(event[key])]);
  return { ...event, ...Object.fromEntries(numbers) };
}

const withNaN = (value: unknown): unknown => {
  if (value === null) return Number.NaN;
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withNaN(inner)]));
};

export interface LatestCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly path: string;
  /** Newer checkpoints that could not be read, each with its reason. */
  readonly warnings: readonly string[];
}

/**
 * The folder of one run: `config.json`, `events.jsonl`, `checkpoints/step-000500.safetensors`, `best.safetensors`,
 * `model.onnx`, `report.html`. Every file appears whole or not at all. A lock (`lock.ts`) says which process may write.
 */
export class RunFolder {
  private constructor(readonly path: string) {}

  /** A folder for a new run. @throws NddrError when it holds a run already */
  static vacant(path: string): RunFolder {
    if (existsSync(join(path, CONFIG))) {
      throw new NddrError(`${path} already holds a run. Resume it, choose another name, or delete the folder.`);
    }
    return new RunFolder(path);
  }

  /** Writes the configuration, which makes it the folder of a run. @throws NddrError when it cannot be written */
  async begin(config: unknown): Promise<void> {
    await writeJson(join(this.path, CONFIG), config);
  }

  /** The folder of an existing run. @throws NddrError when it holds none */
  static open(path: string): RunFolder {
    if (!existsSync(join(path, CONFIG))) {
      throw new NddrError(`${path} holds no run: it has no ${CONFIG}. Name the folder of a run, such as runs/demo.`);
    }
    return new RunFolder(path);
  }

  get modelPath(): string {
    return join(this.path, 'model.onnx');
  }

  get reportPath(): string {
    return join(this.path, 'report.html');
  }

  /** The configuration as it was written, unchecked. @throws NddrError when it is not JSON */
  async readConfig(): Promise<unknown> {
    const path = join(this.path, CONFIG);
    const text = await readText(path);
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new NddrError(`${path} is not JSON: ${(cause as Error).message}. Restore it or start a new run.`, {
        cause,
      });
    }
  }

  /** Appends an event, synchronously. @throws NddrError when the disk is full */
  appendEvent(event: StoredEvent): void {
    appendLine(join(this.path, EVENTS), event);
  }

  /**
   * All events so far; none where there is no file yet. Numbers that were not finite, which JSON holds as null, are
   * NaN.
   * @throws NddrError when a line is damaged
   */
  async readEvents(): Promise<StoredEvent[]> {
    const path = join(this.path, EVENTS);
    return existsSync(path) ? ((await readLines(path)) as StoredEvent[]).map(withNumbers) : [];
  }

  /**
   * Removes the events after `step`, so that a run resumed from there reports nothing twice.
   * @param pending whether the resumed run repeats the evaluation of this step: then it is removed too
   */
  async rewindEvents(step: number, pending = false): Promise<void> {
    const kept = (await this.readEvents()).filter(
      (event) => (event.step ?? 0) <= step && !(pending && event.step === step && event.type === 'evaluation'),
    );
    await writeWhole(join(this.path, EVENTS), [kept.map((event) => `${JSON.stringify(event)}\n`).join('')]);
  }

  /**
   * Saves a checkpoint under its step. Then it deletes all but the newest `kept` up to that step, and those of later
   * steps, which remain where a run was resumed from an earlier step.
   * @returns its path
   * @throws NddrError when it cannot be written; the earlier ones then stay
   */
  async saveCheckpoint(checkpoint: Checkpoint, kept = DEFAULT_KEPT): Promise<string> {
    const folder = join(this.path, CHECKPOINTS);
    const { step } = checkpoint.state;
    const path = join(this.path, checkpointAt(step));
    await writeWhole(path, encodeCheckpoint(checkpoint));
    const saved = await this.savedSteps();
    const recent = saved.filter((one) => one.step <= step).slice(0, kept);
    const spare = saved.filter((one) => !recent.includes(one)).map((one) => one.name);
    const torn = (await readdir(folder)).filter((file) => file.endsWith(PART_SUFFIX));
    for (const file of [...spare, ...torn]) await rm(join(folder, file), { force: true });
    return path;
  }

  /** The saved checkpoints, the newest first. */
  private async savedSteps(): Promise<{ name: string; step: number }[]> {
    const folder = join(this.path, CHECKPOINTS);
    if (!existsSync(folder)) return [];
    return (await readdir(folder))
      .flatMap((name) => {
        const match = STEP_FILE.exec(name);
        return match === null ? [] : [{ name, step: Number(match[1]) }];
      })
      .sort((a, b) => b.step - a.step);
  }

  /**
   * The newest checkpoint that can be read; undefined before the first was saved.
   * @throws NddrError when there are some, and all are damaged
   */
  async latestCheckpoint(): Promise<LatestCheckpoint | undefined> {
    const warnings: string[] = [];
    for (const { name } of await this.savedSteps()) {
      const path = join(this.path, CHECKPOINTS, name);
      try {
        return { checkpoint: decodeCheckpoint(await readWhole(path), path), path, warnings };
      } catch (error) {
        if (!(error instanceof NddrError)) throw error;
        warnings.push(error.message);
      }
    }
    if (warnings.length === 0) return undefined;
    throw new NddrError(`No checkpoint of ${this.path} can be read:\n${warnings.join('\n')}`);
  }

  /** The saved checkpoints, the oldest first; those that cannot be read are left out and `warn` is told. */
  async *checkpoints(warn: (message: string) => void): AsyncGenerator<Checkpoint> {
    for (const { name } of (await this.savedSteps()).reverse()) {
      const path = join(this.path, CHECKPOINTS, name);
      let checkpoint: Checkpoint;
      try {
        checkpoint = decodeCheckpoint(await readWhole(path), path);
      } catch (error) {
        if (!(error instanceof NddrError)) throw error;
        warn(error.message);
        continue;
      }
      yield checkpoint;
    }
  }

  /** Saves the checkpoint with the best score so far. @throws NddrError when it cannot be written */
  async saveBest(checkpoint: Checkpoint): Promise<void> {
    await writeWhole(join(this.path, BEST), encodeCheckpoint(checkpoint));
  }

  /**
   * The file of the best weights, or of the latest where there was no evaluation yet.
   * @throws NddrError when there is no checkpoint that can be read
   */
  async weightsPath(): Promise<string> {
    const best = join(this.path, BEST);
    if (existsSync(best)) return best;
    const latest = await this.latestCheckpoint();
    if (latest) return latest.path;
    throw new NddrError(`${this.path} has no checkpoint yet. Train it first: npx nddr resume ${this.path}`);
  }

  /** The best checkpoint; undefined before the first evaluation. @throws NddrError when it is damaged */
  async bestCheckpoint(): Promise<Checkpoint | undefined> {
    const path = join(this.path, BEST);
    return existsSync(path) ? decodeCheckpoint(await readWhole(path), path) : undefined;
  }
}
