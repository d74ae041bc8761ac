/** Drives Chromium through its debugging pipe, and serves folders to it: enough to open a page and ask it things. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The command that starts Chromium; undefined where there is none. */
export const chromium = [...(process.env.CHROMIUM ? [process.env.CHROMIUM] : []), ...NAMES].find(
  (command) => spawnSync(command, ['--version']).status === 0,
);

type Message = {
  readonly id?: number;
  readonly method?: string;
  readonly result?: unknown;
  readonly error?: unknown;
  readonly sessionId?: string;
};

/** A tab. */
export interface Page {
  /** Sends a command of the DevTools protocol to the page. */
  send(method: string, params?: object): Promise<Record<string, unknown>>;
  /** What a JavaScript expression gives in the page, as JSON holds it. */
  evaluate(expression: string): Promise<unknown>;
  /** Waits until an expression holds in the page. */
  until(condition: string, seconds?: number): Promise<void>;
  /** What the page wrote to the console as errors, and what it threw. */
  readonly faults: readonly string[];
  /** The names of all events that the page has sent. */
  readonly events: readonly string[];
  /** Closes the tab, whatever it does. */
  close(): Promise<void>;
}

export interface Browser extends Omit<Page, 'close'> {
  /** Opens another tab. */
  open(url: string): Promise<Page>;
  /** The number of the browser's process. */
  readonly pid: number;
  close(): void;
}

/** Options under which Chromium has WebGPU by its own software driver for Vulkan. */
export const SOFTWARE_GPU = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
] as const;

/** Starts Chromium with one empty page. */
export async function openBrowser(more: readonly string[] = ['--disable-gpu']): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'nddr-chromium-'));
  const options = ['--headless=new', '--no-sandbox', '--remote-debugging-pipe', '--no-first-run', ...more];
  const child: ChildProcess = spawn(chromium as string, [...options, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const [to, from] = [child.stdio[3] as Writable, child.stdio[4] as Readable];
  const waiting = new Map<number, (message: Message) => void>();
  child.once('exit', () => {
    for (const answer of waiting.values()) answer({ error: 'Chromium ended' });
  });
  /** What pages have sent, by their session. */
  const heard = new Map<string, { readonly faults: string[]; readonly events: string[] }>();
  let rest = '';
  from.setEncoding('utf8').on('data', (text: string) => {
    const messages = (rest + text).split('\0');
    rest = messages.pop() ?? '';
    for (const message of messages.map((one) => JSON.parse(one) as Message)) {
      if (message.id !== undefined) waiting.get(message.id)?.(message);
      const page = heard.get(message.sessionId ?? '');
      if (!page || message.method === undefined) continue;
      page.events.push(message.method);
      if (/exceptionThrown|consoleAPICalled/.test(message.method)) page.faults.push(JSON.stringify(message));
    }
  });
  let count = 0;
  const ask = (method: string, params: object, sessionId?: string) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      const id = ++count;
      waiting.set(id, ({ result, error }) =>
        error ? reject(new Error(JSON.stringify(error))) : resolve(result as Record<string, unknown>),
      );
      to.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  const attach = async (targetId: string): Promise<Page> => {
    const sessionId = (await ask('Target.attachToTarget', { targetId, flatten: true })).sessionId as string;
    const [faults, events]: string[][] = [[], []];
    heard.set(sessionId, { faults, events });
    const send: Page['send'] = (method, params = {}) => ask(method, params, sessionId);
    await send('Runtime.enable');
    const evaluate: Page['evaluate'] = async (expression) => {
      const done = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
      assert.equal(done.exceptionDetails, undefined, JSON.stringify(done.exceptionDetails));
      return (done.result as { value: unknown }).value;
    };
    return {
      ...{ send, faults, events, evaluate },
      async until(condition, seconds = 30) {
        for (let i = 0; i < 10 * seconds; i++) {
          if (await evaluate(condition)) return;
          await setTimeout(100);
        }
        const state = await evaluate(`document.getElementById('status')?.textContent`);
        assert.fail(`${condition} never held: ${state}, ${faults.join()}`);
      },
      async close() {
        await ask('Target.closeTarget', { targetId });
      },
    };
  };
  const { targetInfos } = await ask('Target.getTargets', {});
  const first = (targetInfos as { type: string; targetId: string }[]).find(({ type }) => type === 'page');
  return {
    ...(await attach(first?.targetId as string)),
    async open(url) {
      return attach((await ask('Target.createTarget', { url })).targetId as string);
    },
    pid: child.pid as number,
    close() {
      child.kill('SIGKILL');
      child.once('exit', () => {
        try {
          rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
        } catch {
          // Its other processes may still write there while they end: what is left lies among temporary files.
        }
      });
    },
  };
}

/** Gives files to the input of a page, as if they had been chosen there. */
export async function choose({ send }: Browser, files: readonly string[]): Promise<void> {
  const { root } = await send('DOM.getDocument');
  const { nodeId } = await send('DOM.querySelector', {
    ...{ nodeId: (root as { nodeId: number }).nodeId, selector: '#file' },
  });
  await send('DOM.setFileInputFiles', { nodeId, files });
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** Headers of a page that is isolated from other origins, and may use several threads. */
export const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
} as const;

/** Serves a folder on loopback, as any static server does. */
export async function serveFolder(
  folder: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly url: string; close(): void }> {
  const server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const path = join(folder, normalize(decodeURIComponent(pathname === '/' ? '/index.html' : pathname)));
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return response.writeHead(404).end();
    response.writeHead(200, { ...headers, 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' });
    return createReadStream(path).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => server.closeAllConnections() ?? server.close(),
  };
}
