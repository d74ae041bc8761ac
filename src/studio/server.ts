/** Serves the studio: a page that shows the runs of a folder. */
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { NddrError } from '../errors.js';
import { expectFolder } from '../files.js';
import { isLoopback } from '../http/guard.js';
import { close, listen } from '../http/listen.js';
import { LEAST_TOKEN, newToken } from './access.js';
import { createStudio } from './app.js';
import { readPage } from './page-files.js';
import { Runs } from './runs.js';

export interface StudioOptions {
  readonly folder: string;
  readonly host?: string;
  /** 0 takes any that is free. */
  readonly port?: number;
  /** Further names by which it may be called. */
  readonly allowHosts?: readonly string[];
  /** What a visitor must have. Where other machines reach the server and none is given, one is made. */
  readonly token?: string;
  readonly version?: string;
  /** Takes lines about faults. */
  readonly log?: (line: string) => void;
  /** How often the files are looked at. */
  readonly everyMillis?: number;
}

export interface RunningStudio {
  /** With the token where one is needed. */
  readonly url: string;
  /** Runs that there are now. */
  readonly runs: number;
  stop(): Promise<void>;
}

/** @throws NddrError when there is no such folder, the token is short, or the server cannot listen */
export async function startStudio(options: StudioOptions): Promise<RunningStudio> {
  const { folder, host = '127.0.0.1', port = 8090, allowHosts = [], version = '', everyMillis = 1000 } = options;
  const { log = (line) => console.error(line) } = options;
  const token = options.token ?? (isLoopback(host) ? undefined : newToken());
  if (token !== undefined && !new RegExp(`^[\\w.~-]{${LEAST_TOKEN},}$`).test(token))
    throw new NddrError(
      `--token: expected ${LEAST_TOKEN} letters, digits, "-", "_", "." or "~", or more. Leave it out to get one made.`,
    );
  expectFolder(folder);
  const page = await readPage();
  const halt = new AbortController();
  const runs = await Runs.under(folder, everyMillis);
  const guard = { host, allowHosts, allowOrigins: [] };
  const app = createStudio({ runs, folder, version, page, guard, token, log, halt: halt.signal });
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 20_000 },
    getRequestListener(app.fetch, {
      hostname: 'localhost',
      overrideGlobalObjects: false,
      errorHandler: () => Response.json({ error: 'The address of the request is damaged.' }, { status: 400 }),
    }),
  );
  server.maxConnections = 256;
  try {
    const url = await listen(server, host, port);
    return {
      url: token === undefined ? url : `${url}/?token=${token}`,
      runs: runs.list().length,
      async stop() {
        runs.stop();
        halt.abort();
        await close(server);
      },
    };
  } catch (error) {
    runs.stop();
    throw error;
  }
}
