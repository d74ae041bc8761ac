/** The routes of a server, and what every answer has in common. */
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { cors } from 'hono/cors';
import { expectOwn, type GuardOptions } from '../http/guard.js';
import { ownHeaders } from '../http/headers.js';
import { Refusal } from '../http/refusal.js';
import type { ServedModel } from './messages.js';
import { CLIENT_LEFT, type Metrics } from './metrics.js';
import type { ModelThread } from './model-thread.js';
import { openApi } from './openapi.js';
import { pageFiles } from './page/index.js';
import { predict } from './predict.js';
import type { Queue } from './queue.js';
import type { ServeLimits } from './settings.js';

/** A server's state, as its routes see it. */
export interface State {
  /** Missing until the model is open. */
  opened?: { readonly thread: ModelThread; readonly model: ServedModel };
  stopping: boolean;
  readonly halt: AbortSignal;
  readonly queue: Queue;
  readonly metrics: Metrics;
  readonly limits: ServeLimits;
  readonly guard: GuardOptions;
  readonly version: string;
  readonly log: (line: string) => void;
  /** Whether a request was cut off because its body came too slowly. */
  readonly tooSlow: (request: HttpBindings['incoming']) => boolean;
}

type Env = { Bindings: HttpBindings };

/** The routes. Every answer that is not a success is `{ "error": reason }`. */
export function createApp(state: State): Hono<Env> {
  const app = new Hono<Env>();
  const { metrics, guard } = state;
  app.use(async (c, next) => {
    const began = performance.now();
    await next();
    const path = PATHS.includes(c.req.path) ? c.req.path : 'other';
    const left = c.req.raw.signal.aborted;
    const status = state.tooSlow(c.env.incoming) ? 408 : left ? CLIENT_LEFT : c.res.status;
    metrics.request(path, status, (performance.now() - began) / 1000);
  });
  app.use(ownHeaders());
  app.use(async (c, next) => {
    expectOwn(c.req.raw.headers, guard);
    await next();
  });
  if (guard.allowOrigins.length > 0)
    app.use(
      cors({
        origin: guard.allowOrigins.includes('*') ? '*' : [...guard.allowOrigins],
        allowMethods: ['GET', 'POST'],
        exposeHeaders: ['Retry-After'],
      }),
    );
  app.use(async (c, next) => {
    if (state.stopping && !['/health', '/metrics'].includes(c.req.path))
      throw new Refusal(503, 'The server stops. Try again when it runs.', { Connection: 'close' });
    await next();
  });

  app.post('/predict', async (c) => {
    const body = await predict(c.req.raw, { ...ready(state), ...state });
    return c.body(body, 200, { 'Content-Type': 'application/json; charset=utf-8' });
  });
  app.get('/health', (c) => {
    const status = state.stopping ? 'stopping' : state.opened ? 'ready' : 'starting';
    return c.json({ status, inHand: state.queue.inHand }, status === 'ready' ? 200 : 503);
  });
  app.get('/metrics', async (c) => c.body(await metrics.text(), 200, { 'Content-Type': metrics.type }));
  app.get('/model', (c) => c.json({ ...ready(state).model, limits: state.limits }));
  app.get('/openapi.json', (c) => c.json(openApi(ready(state).model, state.limits, state.version)));
  for (const [path, { type, text }] of Object.entries(pageFiles))
    app.get(path, (c) => c.body(text, 200, { 'Content-Type': `${type}; charset=utf-8`, 'Cache-Control': 'no-cache' }));

  for (const path of PATHS) {
    const allowed = path === '/predict' ? 'POST' : 'GET, HEAD';
    app.all(path, (c) => {
      throw new Refusal(405, `${path} takes ${allowed}, not ${c.req.method}.`, { Allow: allowed });
    });
  }
  app.notFound((c) => errorAnswer(c, new Refusal(404, `There is nothing here. There are ${PATHS.join(', ')}.`)));
  app.onError((error, c) => {
    if (error instanceof Refusal) return errorAnswer(c, error);
    if (!c.req.raw.signal.aborted) state.log(`error: ${c.req.method} ${c.req.path}: ${error.stack ?? error}`);
    return errorAnswer(c, new Refusal(500, 'A fault of the server, which its log describes.'));
  });
  return app;
}

const PATHS = ['/predict', '/health', '/metrics', '/model', '/openapi.json', ...Object.keys(pageFiles)];

const errorAnswer = (c: Context, { status, message, headers }: Refusal): Response =>
  c.json({ error: message }, status, { ...headers });

/** @throws Refusal 503 while the model is being opened */
function ready({ opened }: State) {
  if (opened) return opened;
  throw new Refusal(503, 'The model is being opened. Try again in a few seconds.', { 'Retry-After': '2' });
}
