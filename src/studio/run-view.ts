/** One run as the studio knows it: what was read of its files, and what is new. */
import { isLocked, LOCK } from '../lock.js';
import { type ConfigFacts, factsOf } from './facts.js';
import type { Inside } from './inside.js';
import { Progress } from './progress.js';
import type { RunState, RunSummary } from './protocol.js';
import { linesAfter } from './tail.js';

export const CONFIG = 'config.json';
export const EVENTS = 'events.jsonl';
const MOST_CONFIG = 4_000_000;

export class RunView {
  private facts: ConfigFacts = { tasks: [] };
  private configStamp = '';
  private configProblem: string | undefined;
  private eventsProblem: string | undefined;
  private progress = new Progress();
  private size = 0;
  private inode: number | undefined;
  private restarts = 0;
  private locked = false;
  private stamp = '';

  /** @param id the folder of the run below that of the studio */
  constructor(
    private readonly inside: Inside,
    readonly id: string,
  ) {}

  pathOf(name: string): string {
    return this.id === '' ? name : `${this.id}/${name}`;
  }

  get edition(): string {
    return `${this.inode ?? ''}.${this.restarts}`;
  }

  /** Bytes of the events that have been read. */
  get read(): number {
    return this.size;
  }

  /** Reads what is new. Never throws: what cannot be read is a problem that the summary tells. */
  async refresh(): Promise<void> {
    const stamps = await Promise.all([CONFIG, EVENTS, LOCK].map((name) => this.inside.stampOf(this.pathOf(name))));
    const stamp = stamps.join('\n');
    // Most runs are over. A process that holds a lock may end without changing anything.
    if (stamp === this.stamp && !this.locked) return;
    await Promise.all([this.readConfig(), this.readEvents(), this.readLock()]);
    this.stamp = stamp;
  }

  private async readConfig(): Promise<void> {
    try {
      const file = await this.inside.open(this.pathOf(CONFIG));
      const { ino, mtimeMs, size } = await file.stat().finally(() => file.close());
      const stamp = `${ino} ${mtimeMs} ${size}`;
      if (stamp === this.configStamp) return;
      this.facts = factsOf(JSON.parse(await this.inside.text(this.pathOf(CONFIG), MOST_CONFIG)));
      this.configStamp = stamp;
      this.configProblem = undefined;
    } catch (error) {
      this.configStamp = '';
      this.configProblem =
        error instanceof SyntaxError
          ? `${CONFIG} is not JSON. Restore it, or delete the folder.`
          : `${CONFIG} cannot be read: ${(error as Error).message}`;
    }
  }

  private async readEvents(): Promise<void> {
    try {
      for (let more = true; more; ) {
        const piece = await linesAfter(this.inside, this.pathOf(EVENTS), this.size);
        if (this.inode !== undefined && (piece.inode !== this.inode || piece.bytes < this.size)) {
          if (piece.inode === this.inode) this.restarts++;
          this.restart(piece.inode);
          continue;
        }
        this.inode = piece.inode;
        this.progress.take(piece.lines);
        this.size = piece.to;
        more = piece.more;
      }
      this.eventsProblem = undefined;
    } catch (error) {
      // Before its first event a run has no such file.
      if (this.inode === undefined) return;
      this.restart(undefined);
      this.eventsProblem = `${EVENTS} cannot be read: ${(error as Error).message}`;
    }
  }

  private restart(inode: number | undefined): void {
    this.inode = inode;
    this.size = 0;
    this.progress = new Progress();
  }

  private async readLock(): Promise<void> {
    try {
      await (await this.inside.open(this.pathOf(LOCK))).close();
      this.locked = await isLocked(await this.inside.placeOf(this.id));
    } catch {
      this.locked = false;
    }
  }

  private get state(): RunState {
    const { end } = this.progress;
    if (end === 'done' || end === 'failed') return end;
    if (this.locked) return 'running';
    if (this.configProblem !== undefined || this.eventsProblem !== undefined) return 'damaged';
    return end ?? 'killed';
  }

  /** @param deltaPercent of the table of its experiment */
  summary(deltaPercent: number | undefined): RunSummary {
    const { name, ...facts } = this.facts;
    const { problems, ...progress } = this.progress.summary(facts.images, facts.steps);
    const { state } = this;
    return {
      id: this.id,
      name: name ?? this.id.slice(this.id.lastIndexOf('/') + 1),
      ...{ state, ...facts, ...progress, deltaPercent },
      ...(state !== 'running' && { secondsLeft: undefined, imagesPerSecond: undefined }),
      problems: [...[this.configProblem, this.eventsProblem].filter((one) => one !== undefined), ...problems],
      ...{ size: this.size, edition: this.edition },
    };
  }
}
