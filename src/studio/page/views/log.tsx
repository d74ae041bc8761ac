/** What a run reported besides its steps, the latest first. */
import { signal } from '@preact/signals';
import { shown } from '../format';
import type { LogEntry } from '../series';
import { choose, chosen, eventsOf, news } from '../store';
import { Choice } from './configuration';

const asked = signal('');
const MOST = 500;
const HEADS = ['type', 'step', 'time'];

/** A value in a few words: long lists as their length. */
function brief(value: unknown): string {
  if (typeof value === 'number') return shown(value);
  if (Array.isArray(value)) return value.length > 5 ? `${value.length} entries` : value.map(brief).join(', ');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([key, inner]) =>
        typeof inner === 'object' && inner ? `${key}: ${brief(inner)}` : `${key} ${brief(inner)}`,
      )
      .join(', ');
  return String(value).slice(0, 2000);
}

export function Log() {
  void news.value;
  const id = chosen.value.includes(asked.value) ? asked.value : chosen.value[0];
  const pick = (next: string) => {
    choose(next, true);
    asked.value = next;
  };
  const events = id === undefined ? undefined : eventsOf(id);
  const entries = events?.log.slice(-MOST).reverse() ?? [];
  return (
    <>
      <div class="tools">
        <Choice label="Run" value={id} onChoose={pick} />
        {(events?.damaged ?? 0) > 0 && <span class="problem">{events?.damaged} lines cannot be read.</span>}
        {(events?.log.length ?? 0) > MOST && <span class="hint">The latest {MOST} entries.</span>}
      </div>
      {entries.length === 0 ? <p class="hint">Nothing was reported yet.</p> : <ol class="log">{entries.map(Entry)}</ol>}
    </>
  );
}

const Entry = ({ type, step, time, event }: LogEntry) => (
  <li key={`${time} ${type} ${step}`} class={type}>
    <time>{time?.replace('T', ' ').slice(0, 19) ?? ''}</time>
    <span class="step">{step === undefined ? '' : `step ${step}`}</span>
    <b>{type}</b>
    <span>
      {Object.entries(event)
        .filter(([key]) => !HEADS.includes(key))
        .map(([key, value]) => (key === 'message' ? String(value) : `${key}: ${brief(value)}`))
        .join(' · ')}
    </span>
  </li>
);
