/**
 * Runs in the storage of a browser (IndexedDB): what `RunFolder` keeps in a folder. Configuration, events, the last
 * three checkpoints and the best weights; the latter two as the files that a folder would hold.
 */
import { NddrError } from '../errors.js';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../train/checkpoint.js';
import { asPromise, done, openDatabase } from './database.js';

const KEPT = 3;

/** An event as it is stored. `step`: steps done when it happened. */
export interface KeptEvent {
  readonly type: string;
  readonly step?: number;
  readonly [key: string]: unknown;
}

export interface LatestCheckpoint {
  readonly checkpoint: Checkpoint;
  /** Newer checkpoints that could not be read, each with its reason. */
  readonly warnings: readonly string[];
}

/** A file of a run, with the path that it has below the folder of a run in Node. */
export interface RunFile {
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** All keys that begin with a name. */
const keysOf = (name: string): IDBKeyRange => IDBKeyRange.bound([name], [name, []]);

const bytesOf = (checkpoint: Checkpoint): Promise<ArrayBuffer> =>
  new Blob(encodeCheckpoint(checkpoint) as Uint8Array<ArrayBuffer>[]).arrayBuffer();

/** Names of the runs that this browser keeps for this site. @throws NddrError where it keeps nothing */
export async function storedRuns(): Promise<string[]> {
  const database = await openDatabase();
  try {
    return (await asPromise(database.transaction('runs').objectStore('runs').getAllKeys())) as string[];
  } finally {
    database.close();
  }
}

export class StoredRun {
  private constructor(
    readonly name: string,
    private readonly database: IDBDatabase,
  ) {}

  /** A run that may not exist yet: `begin` makes it one. @throws NddrError where the browser keeps nothing */
  static async open(name: string): Promise<StoredRun> {
    return new StoredRun(name, await openDatabase());
  }

  close(): void {
    this.database.close();
  }

  /** The configuration as it was stored, unchecked; undefined where there is no such run. */
  async config(): Promise<unknown> {
    return asPromise(this.database.transaction('runs').objectStore('runs').get(this.name));
  }

  /** Stores the configuration, which makes it a run. */
  async begin(config: unknown): Promise<void> {
    await this.write(['runs'], ([runs]) => runs.put(config, this.name));
  }

  /** Removes everything of the run. */
  async remove(): Promise<void> {
    await this.write(['runs', 'checkpoints', 'best', 'events'], ([runs, checkpoints, best, events]) => {
      runs.delete(this.name);
      best.delete(this.name);
      checkpoints.delete(keysOf(this.name));
      events.delete(keysOf(this.name));
    });
  }

  async appendEvent(event: KeptEvent): Promise<void> {
    await this.write(['events'], ([events]) => {
      const last = events.openKeyCursor(keysOf(this.name), 'prev');
      last.onsuccess = () => {
        const [, number] = (last.result?.key ?? [this.name, -1]) as [string, number];
        events.put(event, [this.name, number + 1]);
      };
    });
  }

  async readEvents(): Promise<KeptEvent[]> {
    return asPromise(this.database.transaction('events').objectStore('events').getAll(keysOf(this.name)));
  }

  /**
   * Removes the events after `step`, so that a run resumed from there reports nothing twice.
   * @param pending whether the resumed run repeats the evaluation of this step: then it is removed too
   */
  async rewindEvents(step: number, pending = false): Promise<void> {
    await this.write(['events'], ([events]) => {
      const cursor = events.openCursor(keysOf(this.name));
      cursor.onsuccess = () => {
        const found = cursor.result;
        if (!found) return;
        const event = found.value as KeptEvent;
        const repeated = pending && event.step === step && event.type === 'evaluation';
        if ((event.step ?? 0) > step || repeated) found.delete();
        found.continue();
      };
    });
  }

  /**
   * Saves a checkpoint under its step, and deletes all but the newest three up to that step, and those of later steps.
   * All of it happens or nothing.
   */
  async saveCheckpoint(checkpoint: Checkpoint): Promise<void> {
    const { step } = checkpoint.state;
    const bytes = await bytesOf(checkpoint);
    await this.write(['checkpoints'], ([checkpoints]) => {
      checkpoints.put(bytes, [this.name, step]);
      const saved = checkpoints.getAllKeys(keysOf(this.name));
      saved.onsuccess = () => {
        const steps = (saved.result as [string, number][]).map(([, one]) => one).sort((a, b) => b - a);
        const recent = steps.filter((one) => one <= step).slice(0, KEPT);
        for (const spare of steps.filter((one) => !recent.includes(one))) checkpoints.delete([this.name, spare]);
      };
    });
  }

  /** Saves the weights with the best score so far. */
  async saveBest(checkpoint: Checkpoint): Promise<void> {
    const bytes = await bytesOf(checkpoint);
    await this.write(['best'], ([best]) => best.put(bytes, this.name));
  }

  /** Steps of the saved checkpoints, the newest first. */
  async savedSteps(): Promise<number[]> {
    const keys = await asPromise(
      this.database.transaction('checkpoints').objectStore('checkpoints').getAllKeys(keysOf(this.name)),
    );
    return (keys as [string, number][]).map(([, step]) => step).sort((a, b) => b - a);
  }

  /**
   * The newest checkpoint that can be read; undefined before the first was saved.
   * @throws NddrError when there are some, and all are damaged
   */
  async latestCheckpoint(): Promise<LatestCheckpoint | undefined> {
    const warnings: string[] = [];
    for (const step of await this.savedSteps()) {
      try {
        return { checkpoint: decodeCheckpoint(await this.bytesOfStep(step), this.pathOf(step)), warnings };
      } catch (error) {
        if (!(error instanceof NddrError)) throw error;
        warnings.push(error.message);
      }
    }
    if (warnings.length === 0) return undefined;
    throw new NddrError(`No checkpoint of ${this.name} can be read:\n${warnings.join('\n')}`);
  }

  /** The best weights; undefined before there are some. @throws NddrError when they are damaged */
  async bestCheckpoint(): Promise<Checkpoint | undefined> {
    const bytes = await this.bestBytes();
    return bytes && decodeCheckpoint(bytes, `${this.name}/best.safetensors`);
  }

  /** The run as files: laid into a folder such as runs/NAME, it is a run of Node, to resume, judge or export. */
  async files(): Promise<RunFile[]> {
    const text = (content: string) => new TextEncoder().encode(content);
    const files: RunFile[] = [
      { path: 'config.json', bytes: text(`${JSON.stringify(await this.config(), null, 2)}\n`) },
    ];
    const events = await this.readEvents();
    files.push({ path: 'events.jsonl', bytes: text(events.map((event) => `${JSON.stringify(event)}\n`).join('')) });
    for (const step of await this.savedSteps())
      files.push({ path: this.pathOf(step), bytes: await this.bytesOfStep(step) });
    const best = await this.bestBytes();
    return best ? [...files, { path: 'best.safetensors', bytes: best }] : files;
  }

  private pathOf(step: number): string {
    return `checkpoints/step-${String(step).padStart(6, '0')}.safetensors`;
  }

  private async bytesOfStep(step: number): Promise<Uint8Array<ArrayBuffer>> {
    const checkpoints = this.database.transaction('checkpoints').objectStore('checkpoints');
    return new Uint8Array((await asPromise(checkpoints.get([this.name, step]))) as ArrayBuffer);
  }

  private async bestBytes(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const found: unknown = await asPromise(this.database.transaction('best').objectStore('best').get(this.name));
    return found === undefined ? undefined : new Uint8Array(found as ArrayBuffer);
  }

  /** Writes to stores in one transaction: all of it happens or nothing. @throws NddrError where there is no room */
  private async write(names: readonly string[], act: (stores: IDBObjectStore[]) => unknown): Promise<void> {
    const transaction = this.database.transaction(names as string[], 'readwrite');
    act(names.map((name) => transaction.objectStore(name)));
    await done(transaction, `${this.name} cannot be saved`);
  }
}
