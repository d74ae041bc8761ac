/** The routes of the studio. All of them only read. */
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { expectOwn, type GuardOptions } from '../http/guard.js';
import { ownHeaders } from '../http/headers.js';
import { Refusal } from '../http/refusal.js';
import { withToken } from './access.js';
import type { PageFile } from './page-files.js';
import type { Runs } from './runs.js';
import { followedIn, nextLines, sendChanges } from './stream.js';

export interface StudioState {
  readonly runs: Runs;
  /** The folder, as the user named it. */
  readonly folder: string;
  readonly version: string;
  readonly page: ReadonlyMap<string, PageFile>;
  readonly guard: GuardOptions;
  /** Missing where nobody else reaches the server. */
  readonly token?: string;
  readonly halt: AbortSignal;
  readonly log: (line: string) => void;
}

type Env = { Bindings: HttpBindings };

const MOST_STREAMS = 64;

/** Every answer that is not a success is `{ "error": reason }`. */
export function createStudio(state: StudioState): Hono<Env> {
  const { runs, guard, token, page, halt } = state;
  const app = new Hono<Env>();
  app.use(ownHeaders());
  app.use(async (c, next) => {
    expectOwn(c.req.raw.headers, guard);
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD')
      throw new Refusal(405, `The studio takes GET and HEAD, not ${c.req.method}.`, { Allow: 'GET, HEAD' });
    await next();
  });
  if (token !== undefined) app.use(withToken(token));

  app.get('/api/runs', (c) => c.json({ folder: state.folder, version: state.version, runs: runs.list() }));
  app.get('/api/run', async (c) => c.json(await runs.details(asked(c, 'id'))));
  app.get('/api/events', async (c) => {
    const [id, edition, from] = [asked(c, 'id'), c.req.query('edition') ?? '', c.req.query('from') ?? '0'];
    return c.json(await nextLines(runs, followedIn([`${edition}@${from}@${id}`])[0]));
  });
  app.get('/api/picture', async (c) => {
    const path = asked(c, 'path');
    const bytes = await runs.picture(asked(c, 'id'), path);
    return c.body(new Uint8Array(bytes), 200, { 'Content-Type': pictureType(path), 'Cache-Control': 'no-cache' });
  });
  let streams = 0;
  app.get('/api/stream', (c) => {
    const follow = followedIn(c.req.queries('follow') ?? []);
    if (streams >= MOST_STREAMS)
      throw new Refusal(503, `${MOST_STREAMS} pages follow the runs already. Close some of them.`);
    streams++;
    return streamSSE(
      c,
      (stream) => sendChanges(stream, runs, follow, halt).finally(() => streams--),
      async (error) => {
        state.log(`error: ${c.req.path}: ${error.stack ?? error}`);
      },
    );
  });
  for (const [path, { type, bytes, lasting }] of page)
    app.get(path, (c) =>
      c.body(bytes, 200, {
        'Content-Type': type,
        'Cache-Control': lasting ? 'private, max-age=31536000, immutable' : 'no-cache',
      }),
    );
  app.notFound((c) => errorAnswer(c, new Refusal(404, 'There is nothing here. The page is at /.')));
  app.onError((error, c) => {
    if (error instanceof Refusal) return errorAnswer(c, error);
    state.log(`error: ${c.req.method} ${c.req.path}: ${error.stack ?? error}`);
    return errorAnswer(c, new Refusal(500, 'A fault of the server, which its log describes.'));
  });
  return app;
}

function asked(c: Context, key: string): string {
  const value = c.req.query(key);
  if (value === undefined) throw new Refusal(400, `The address lacks ?${key}=.`);
  return value;
}

const pictureType = (path: string): string =>
  /\.png$/i.test(path) ? 'image/png' : /\.webp$/i.test(path) ? 'image/webp' : 'image/jpeg';

const errorAnswer = (c: Context, { status, message, headers }: Refusal): Response =>
  c.json({ error: message }, status, { ...headers });
