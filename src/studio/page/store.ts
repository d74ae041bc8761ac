/** What the page knows, and the stream that keeps it true. */
import { batch, computed, effect, signal } from '@preact/signals';
import type { EventLines, RunChanges, RunSummary } from '../protocol';
import { RunEvents } from './series';

export const runs = signal<ReadonlyMap<string, RunSummary>>(new Map());
export const connection = signal<'connecting' | 'live' | 'lost'>('connecting');
/** Counts pieces of events: whoever reads `eventsOf` reads it first. */
export const news = signal(0);
/** Now, for ages; moves every few seconds. */
export const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, 5000);

const asked = new URLSearchParams(location.hash.slice(1));
export const view = signal(asked.get('view') ?? 'runs');
/** The runs whose events are followed, in the order of their colours. */
export const chosen = signal<readonly string[]>(asked.getAll('run'));
/** The run that delta_m is relative to; empty: what the experiments' tables say. */
export const baseline = signal(asked.get('baseline') ?? '');

/** Reads the state from the address, and keeps it there: a reload shows the same. */
effect(() => {
  const words = new URLSearchParams({ view: view.value });
  for (const id of chosen.value) words.append('run', id);
  if (baseline.value) words.set('baseline', baseline.value);
  history.replaceState(null, '', `#${words}`);
});

export const MOST_CHOSEN = 24;

export function choose(id: string, on: boolean): void {
  const others = chosen.value.filter((one) => one !== id);
  chosen.value = on ? [...others, id].slice(-MOST_CHOSEN) : others;
}

const events = new Map<string, RunEvents>();

export function eventsOf(id: string): RunEvents {
  let found = events.get(id);
  if (!found) {
    found = new RunEvents();
    events.set(id, found);
  }
  return found;
}

/** A run that is gone keeps its name. */
const names = new Map<string, string>();
export const nameOf = (id: string): string => {
  const shown = runs.value.get(id) ?? undefined;
  return shown ? shown.name : `${names.get(id) ?? id} (gone)`;
};

/** Names of the chosen runs; those that are the same twice are told apart by their folders. */
export const labels = computed(() => {
  const all = chosen.value.map(nameOf);
  return chosen.value.map((id, i) => (all.filter((one) => one === all[i]).length > 1 ? `${all[i]} · ${id}` : all[i]));
});

const RETRY_MILLIS = 1000;
const NEWEST_FIRST = (a: RunSummary, b: RunSummary) => (b.updated ?? '').localeCompare(a.updated ?? '');

function take({ changed, removed }: RunChanges, whole: boolean): void {
  const next = new Map(whole ? [] : runs.value);
  for (const run of changed) {
    next.set(run.id, run);
    names.set(run.id, run.name);
  }
  for (const id of removed) next.delete(id);
  batch(() => {
    runs.value = next;
    if (chosen.value.length > 0 || !whole) return;
    const first = [...next.values()].sort(NEWEST_FIRST);
    const one = first.find(({ state }) => state === 'running') ?? first[0];
    if (one) chosen.value = [one.id];
  });
}

let source: EventSource | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;

function connect(follow: readonly string[]): void {
  source?.close();
  clearTimeout(retry);
  const words = new URLSearchParams();
  for (const id of follow) words.append('follow', `${eventsOf(id).edition}@${eventsOf(id).to}@${id}`);
  const opened = new EventSource(`api/stream?${words}`);
  source = opened;
  let whole = true;
  opened.addEventListener('runs', ({ data }) => {
    take(JSON.parse(data) as RunChanges, whole);
    whole = false;
    connection.value = 'live';
  });
  opened.addEventListener('lines', ({ data }) => {
    const lines = JSON.parse(data) as EventLines;
    eventsOf(lines.id).take(lines, runs.value.get(lines.id)?.images);
    news.value++;
  });
  opened.onerror = () => {
    if (source !== opened) return;
    opened.close();
    connection.value = 'lost';
    retry = setTimeout(() => connect(chosen.peek()), RETRY_MILLIS);
  };
}

effect(() => connect(chosen.value));
