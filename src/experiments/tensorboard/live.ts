/** Writes event files of TensorBoard beside the events of a run, while it trains. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { appendBytes } from '../../files.js';
import type { RunFolder, StoredEvent } from '../../train/node/run-folder.js';
import type { Config } from '../config.js';
import { eventRecord, firstRecord } from './record.js';
import { configurationOf, logged, secondsOf } from './values.js';

const PREFIX = 'events.out.tfevents.';

/** The name of an event file that begins at a time. Readers follow the files of a folder in the order of names. */
export const eventFile = (seconds: number): string => `${PREFIX}${String(Math.floor(seconds)).padStart(10, '0')}.nddr`;

/**
 * A log of the run in its folder, whose file begins with the first event. A resumed run begins another file, which
 * voids what the file before tells of later steps. A run that is first logged after it was resumed tells its earlier
 * events too.
 */
export class LiveLog {
  private path?: string;

  constructor(
    private readonly folder: RunFolder,
    private readonly config: Config,
  ) {}

  /** Adds an event, before it is stored in `events.jsonl`. @throws NddrError when the file cannot be written */
  async add(event: StoredEvent): Promise<void> {
    this.path ??= await this.begin(event);
    const entry = logged(event, this.config);
    if (entry) appendBytes(this.path, eventRecord(entry));
  }

  private async begin(event: StoredEvent): Promise<string> {
    const { folder, config } = this;
    const before = readdirSync(folder.path).filter((name) => name.startsWith(PREFIX));
    const seconds = secondsOf(event);
    let name = eventFile(seconds);
    // A run that is resumed within the same second.
    for (let more = 1; before.includes(name); more++) name = eventFile(seconds + more);
    const path = join(folder.path, name);
    const step = event.step ?? 0;
    appendBytes(path, firstRecord(seconds));
    if (before.length > 0) appendBytes(path, eventRecord({ seconds, step: step + 1, values: [], restart: true }));
    else
      for (const earlier of await folder.readEvents()) {
        const entry = logged(earlier, config);
        if (entry) appendBytes(path, eventRecord(entry));
      }
    appendBytes(path, eventRecord({ seconds, step, values: [configurationOf(config)] }));
    return path;
  }
}
