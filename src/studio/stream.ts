/** The stream of one page: changes of the list, and the new lines of the runs that it shows. */
import type { SSEStreamingApi } from 'hono/streaming';
import { Refusal } from '../http/refusal.js';
import type { EventLines, RunChanges } from './protocol.js';
import { EVENTS } from './run-view.js';
import type { Runs } from './runs.js';
import { linesAfter } from './tail.js';

export interface Followed {
  readonly id: string;
  /** Of the lines that the page has. */
  readonly edition: string;
  readonly offset: number;
}

const MOST_FOLLOWED = 50;
/** A line that says nothing, so that a connection that is gone is found. */
const BEAT_MILLIS = 15_000;

/** Reads `EDITION@OFFSET@ID`. @throws Refusal 400 when it is something else */
export function followedIn(texts: readonly string[]): Followed[] {
  if (texts.length > MOST_FOLLOWED) throw new Refusal(400, `At most ${MOST_FOLLOWED} runs can be followed at once.`);
  return texts.map((text) => {
    const [, edition, offset, id] = /^([\d.]*)@(\d{1,15})@([\s\S]*)$/.exec(text) ?? [];
    if (id === undefined) throw new Refusal(400, 'follow: expected EDITION@OFFSET@RUN.');
    return { id, edition, offset: Number(offset) };
  });
}

/**
 * The next lines of a run after those that the page has; all from the first on where the file is another one now.
 * @throws Refusal 404 when the run is gone
 */
export async function nextLines(runs: Runs, { id, edition, offset }: Followed): Promise<EventLines> {
  const view = runs.view(id);
  const now = view.edition;
  const from = edition === now && offset <= view.read ? offset : 0;
  if (view.read === 0) return { id, edition: now, from: 0, to: 0, lines: [], more: false };
  const { to, lines, more } = await linesAfter(runs.inside, view.pathOf(EVENTS), from);
  return { id, edition: now, ...{ from, to, lines, more } };
}

/** Sends until the page leaves or the server stops. */
export async function sendChanges(
  stream: SSEStreamingApi,
  runs: Runs,
  follow: readonly Followed[],
  halt: AbortSignal,
): Promise<void> {
  const send = (event: string, data: unknown) => stream.writeSSE({ event, data: JSON.stringify(data) });
  const at = new Map(follow.map((one) => [one.id, one]));
  const waiting: RunChanges[] = [{ changed: runs.list(), removed: [] }];
  let wake = () => {};
  const end = runs.onLook((changes) => {
    waiting.push(changes);
    wake();
  });
  const beat = setInterval(() => wake(), BEAT_MILLIS);
  const awake = () => wake();
  halt.addEventListener('abort', awake);
  stream.onAbort(awake);
  const over = () => stream.aborted || stream.closed || halt.aborted;
  try {
    await send('begin', {});
    for (let first = true; !over(); first = false) {
      const batch = waiting.splice(0);
      for (const changes of batch)
        if (first || changes.changed.length + changes.removed.length > 0) await send('runs', changes);
      if (batch.length === 0) await stream.write(': here\n\n');
      for (const one of [...at.values()]) {
        const lines = await nextLines(runs, one).catch((error: unknown) => {
          if (error instanceof Refusal) return undefined; // deleted; the list says so
          throw error;
        });
        if (!lines || (lines.lines.length === 0 && lines.edition === one.edition)) continue;
        await send('lines', lines);
        at.set(one.id, { id: one.id, edition: lines.edition, offset: lines.to });
        if (lines.more) waiting.push({ changed: [], removed: [] });
      }
      if (waiting.length === 0 && !over())
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    end();
    clearInterval(beat);
    halt.removeEventListener('abort', awake);
  }
}
