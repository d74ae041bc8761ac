/** A server: it listens, opens the model, and stops cleanly. */
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as after } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import type { GuardOptions } from '../http/guard.js';
import { close, listen } from '../http/listen.js';
import { createApp, type State } from './app.js';
import type { ServedModel } from './messages.js';
import { Metrics } from './metrics.js';
import { ModelThread } from './model-thread.js';
import { Queue } from './queue.js';
import { LIMITS, MODEL_DEFAULTS, type ServedModelOptions, type ServeLimits } from './settings.js';

export interface ServeOptions extends Partial<ServeLimits>, Partial<Omit<GuardOptions, 'host'>> {
  readonly model: Pick<ServedModelOptions, 'path'> & Partial<Omit<ServedModelOptions, 'megapixels'>>;
  readonly host?: string;
  /** 0 takes any that is free. */
  readonly port?: number;
  /** Of the program, for the description of the service. */
  readonly version?: string;
  /** Takes lines about faults. */
  readonly log?: (line: string) => void;
  /** The file of the model's thread, for tests. */
  readonly threadFile?: URL;
}

export interface Running {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  readonly limits: ServeLimits;
  /** The model, once it is open. Rejects with an NddrError when it cannot be opened; the server is closed then. */
  readonly model: Promise<ServedModel>;
  /**
   * Takes no more requests, finishes those in hand, and closes the model.
   * @param graceSeconds after which requests in hand are refused
   */
  stop(graceSeconds: number): Promise<void>;
}

/** How often connections are looked at for being too slow. */
const CHECK_MILLIS = 500;
const MOST_CONNECTIONS = 1024;

/**
 * Starts a server. It answers at once; `/health` says when the model is open.
 * @throws NddrError when it cannot listen
 */
export async function startServer(options: ServeOptions): Promise<Running> {
  const { host = '127.0.0.1', port = 8080, allowHosts = [], allowOrigins = [], version = '', threadFile } = options;
  const { log = (line) => console.error(line) } = options;
  const limits = limitsIn(options);
  const halt = new AbortController();
  const queue = new Queue(limits.queue);
  const metrics = new Metrics(queue, limits.queue + 1);
  const slow = new WeakSet<object>();
  const state: State = {
    ...{ stopping: false, halt: halt.signal, queue, metrics, limits, version, log },
    guard: { host, allowHosts, allowOrigins },
    tooSlow: ({ socket }) => slow.has(socket),
  };
  const server = createServer(
    {
      requestTimeout: 1000 * limits.uploadSeconds,
      headersTimeout: 1000 * Math.min(limits.uploadSeconds, 10),
      connectionsCheckingInterval: CHECK_MILLIS,
    },
    getRequestListener(createApp(state).fetch, {
      hostname: 'localhost',
      overrideGlobalObjects: false,
      errorHandler: () => Response.json({ error: 'The address of the request is damaged.' }, { status: 400 }),
    }),
  );
  server.maxConnections = MOST_CONNECTIONS;
  refuseDamaged(server, slow, metrics);
  const url = await listen(server, host, port);
  const { path } = options.model;
  const opening = ModelThread.open(
    { ...MODEL_DEFAULTS, ...options.model, path, megapixels: limits.megapixels },
    log,
    threadFile,
  );
  const model = opening.then(
    (opened) => {
      state.opened = opened;
      if (!state.stopping) metrics.opened(opened.model);
      return opened.model;
    },
    async (error: unknown) => {
      await close(server);
      throw error;
    },
  );
  model.catch(() => {}); // also where nobody waits for it
  const stop = async (graceSeconds: number) => {
    state.stopping = true;
    metrics.stopping();
    server.closeIdleConnections();
    const late = after(1000 * graceSeconds, undefined, { ref: false }).then(() => halt.abort());
    while (queue.inHand > 0 && !halt.signal.aborted) await Promise.race([late, after(20)]);
    const closed = close(server);
    await opening.then(({ thread }) => thread.close()).catch(() => {});
    await closed;
  };
  let stopped: Promise<void> | undefined;
  return {
    ...{ url, limits, model },
    stop: (graceSeconds) => {
      stopped ??= stop(graceSeconds);
      return stopped;
    },
  };
}

function limitsIn(given: Partial<ServeLimits>): ServeLimits {
  const { megabytes, megapixels, uploadSeconds, answerSeconds, queue } = { ...LIMITS, ...given };
  return { megabytes, megapixels, uploadSeconds, answerSeconds, queue };
}

/** Answers requests that are no HTTP, have heads that are too long, or come too slowly. */
function refuseDamaged(server: Server, slow: WeakSet<object>, metrics: Metrics): void {
  const latest = new WeakMap<Duplex, { readonly request: IncomingMessage; readonly response: ServerResponse }>();
  server.on('request', (request: IncomingMessage, response: ServerResponse) =>
    latest.set(request.socket, { request, response }),
  );
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const { request, response } = latest.get(socket) ?? {};
    const answering = response !== undefined && !response.writableFinished;
    const [status, reason] = DAMAGES[error.code ?? ''] ?? [400, 'The request is no valid HTTP.'];
    if (status === 408) slow.add(socket);
    // Requests whose heads arrived are counted where they are answered, also if their bodies break off.
    const counted = answering || request?.complete === false || error.code === 'ECONNRESET';
    if (!counted) metrics.request('other', status, 0);
    const begun = response?.headersSent && !(response.writableFinished && request?.complete);
    if (!socket.writable || error.code === 'ECONNRESET' || begun) {
      socket.destroy();
      return;
    }
    const body = JSON.stringify({ error: reason });
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      ...['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close'],
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
  });
}

const DAMAGES: Readonly<Record<string, readonly [status: number, reason: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request came too slowly (--upload of the server). Send it again, or reduce it.'],
  HPE_HEADER_OVERFLOW: [431, 'The head of the request is too long.'],
};
