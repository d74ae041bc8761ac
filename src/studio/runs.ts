/** All runs under a folder, looked at again and again. */
import { setTimeout as after } from 'node:timers/promises';
import { Refusal } from '../http/refusal.js';
import { deltasIn } from './delta.js';
import { Inside } from './inside.js';
import type { RunChanges, RunDetails, RunSummary } from './protocol.js';
import { CONFIG, EVENTS, RunView } from './run-view.js';

/** Folders of runs lie at most this deep. */
const DEEPEST = 5;
const MOST_FOLDERS = 20_000;
const PICTURE = /\.(png|jpe?g|webp)$/i;
const PICTURES_DEEPEST = 3;
const MOST_PICTURES = 2000;
/** Runs whose files are read at the same time. */
const AT_ONCE = 8;

export class Runs {
  private readonly views = new Map<string, RunView>();
  private shown = new Map<string, { readonly summary: RunSummary; readonly text: string }>();
  private readonly listeners = new Set<(changes: RunChanges) => void>();
  private readonly halt = new AbortController();

  private constructor(readonly inside: Inside) {}

  /**
   * Looks at all runs, and then again every `everyMillis`.
   * @throws the system's error when there is no such folder
   */
  static async under(folder: string, everyMillis: number): Promise<Runs> {
    const runs = new Runs(await Inside.of(folder));
    await runs.refresh();
    void runs.watch(everyMillis);
    return runs;
  }

  stop(): void {
    this.halt.abort();
  }

  list(): RunSummary[] {
    return [...this.shown.values()].map(({ summary }) => summary);
  }

  /** @throws Refusal 404 when there is no such run, or it is gone */
  view(id: string): RunView {
    const view = this.views.get(id);
    if (view) return view;
    throw new Refusal(404, `There is no run "${id.slice(0, 200)}": it was deleted or renamed.`);
  }

  /** @throws Refusal 404 as `view` */
  async details(id: string): Promise<RunDetails> {
    const view = this.view(id);
    const summary = (this.shown.get(id) as { summary: RunSummary }).summary;
    const config = await this.inside
      .text(view.pathOf(CONFIG), 4_000_000)
      .then((text): unknown => JSON.parse(text))
      .catch(() => undefined);
    const saved = (await this.inside.list(view.pathOf('checkpoints'))).filter(({ name }) =>
      /^[^.].*\.safetensors$/.test(name),
    );
    const best = (await this.inside.list(id)).filter(({ name }) => name === 'best.safetensors');
    const names = [...best.map(({ name }) => name), ...saved.map(({ name }) => `checkpoints/${name}`).sort()];
    const checkpoints = await Promise.all(
      names.map(async (name) => {
        const file = await this.inside.open(view.pathOf(name)).catch(() => undefined);
        const bytes = (await file?.stat())?.size ?? 0;
        await file?.close();
        return { name, bytes };
      }),
    );
    return { summary, config, checkpoints, pictures: await this.picturesOf(view, '', PICTURES_DEEPEST) };
  }

  private async picturesOf(view: RunView, folder: string, deep: number): Promise<string[]> {
    const found: string[] = [];
    const entries = await this.inside.list(folder === '' ? view.id : view.pathOf(folder));
    for (const { name, folder: isFolder } of entries.sort((a, b) => a.name.localeCompare(b.name))) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (isFolder && deep > 1) found.push(...(await this.picturesOf(view, path, deep - 1)));
      else if (!isFolder && PICTURE.test(name)) found.push(path);
      if (found.length >= MOST_PICTURES) return found.slice(0, MOST_PICTURES);
    }
    return found;
  }

  /** The bytes of a picture of a run. @throws Refusal 404 as `view`, or when the path is no picture */
  async picture(id: string, path: string): Promise<Buffer> {
    const view = this.view(id);
    if (!PICTURE.test(path)) throw new Refusal(404, 'Only pictures are sent: PNG, JPEG and WebP.');
    return this.inside.bytes(view.pathOf(path), 64_000_000);
  }

  /** Calls back after every look. @returns ends that */
  onLook(listener: (changes: RunChanges) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private async watch(everyMillis: number): Promise<void> {
    const { signal } = this.halt;
    while (!signal.aborted) {
      await after(everyMillis, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
      const changes = await this.refresh();
      for (const listener of this.listeners) listener(changes);
    }
  }

  private async refresh(): Promise<RunChanges> {
    const found = await this.find();
    for (const id of this.views.keys()) if (!found.includes(id)) this.views.delete(id);
    for (const id of found) if (!this.views.has(id)) this.views.set(id, new RunView(this.inside, id));
    const queue = [...this.views.values()];
    const work = async () => {
      for (let view = queue.pop(); view; view = queue.pop()) await view.refresh();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const deltas = new Map<string, ReadonlyMap<string, number>>();
    for (const folder of new Set(found.map(parentOf))) deltas.set(folder, await deltasIn(this.inside, folder));
    const before = this.shown;
    this.shown = new Map(
      [...this.views.values()].map((view) => {
        const summary = view.summary(deltas.get(parentOf(view.id))?.get(view.id.slice(view.id.lastIndexOf('/') + 1)));
        return [view.id, { summary, text: JSON.stringify(summary) }];
      }),
    );
    return {
      changed: [...this.shown].flatMap(([id, { summary, text }]) => (before.get(id)?.text === text ? [] : [summary])),
      removed: [...before.keys()].filter((id) => !this.shown.has(id)),
    };
  }

  /** The folders that hold a configuration or events, in the order of their paths. Links are not followed. */
  private async find(): Promise<string[]> {
    const found: string[] = [];
    let looked = 0;
    const look = async (folder: string, deep: number): Promise<void> => {
      if (looked++ > MOST_FOLDERS) return;
      const entries = await this.inside.list(folder);
      if (entries.some((entry) => !entry.folder && (entry.name === CONFIG || entry.name === EVENTS))) {
        found.push(folder);
        return;
      }
      if (deep === 0) return;
      for (const { name } of entries.filter((entry) => entry.folder && !/^\.|^node_modules$/.test(entry.name)))
        await look(folder === '' ? name : `${folder}/${name}`, deep - 1);
    };
    await look('', DEEPEST);
    return found.sort();
  }
}

const parentOf = (id: string): string => (id.includes('/') ? id.slice(0, id.lastIndexOf('/')) : '');
