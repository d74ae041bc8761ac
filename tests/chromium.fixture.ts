/** Drives Chromium through its debugging pipe, and serves folders to it: enough to open a page and ask it things. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The command that starts Chromium; undefined where there is none. */
export const chromium = [...(process.env.CHROMIUM ? [process.env.CHROMIUM] : []), ...NAMES].find(
  (command) => spawnSync(command, ['--version']).status === 0,
);

type Message = { readonly id?: number; readonly method?: string; readonly result?: unknown; readonly error?: unknown };

export interface Browser {
  /** Sends a command of the DevTools protocol to the page. */
  send(method: string, params?: object): Promise<Record<string, unknown>>;
  /** What a JavaScript expression gives in the page, as JSON holds it. */
  evaluate(expression: string): Promise<unknown>;
  /** What the page wrote to the console as errors, and what it threw. */
  readonly faults: readonly string[];
  /** The names of all events that the page has sent. */
  readonly events: readonly string[];
  close(): void;
}

/** Starts Chromium with one empty page. */
export async function openBrowser(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'nddr-chromium-'));
  const options = ['--headless=new', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe', '--no-first-run'];
  const child: ChildProcess = spawn(chromium as string, [...options, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const [to, from] = [child.stdio[3] as Writable, child.stdio[4] as Readable];
  const waiting = new Map<number, (message: Message) => void>();
  child.once('exit', () => {
    for (const answer of waiting.values()) answer({ error: 'Chromium ended' });
  });
  const [faults, events]: string[][] = [[], []];
  let rest = '';
  from.setEncoding('utf8').on('data', (text: string) => {
    const messages = (rest + text).split('\0');
    rest = messages.pop() ?? '';
    for (const message of messages.map((one) => JSON.parse(one) as Message)) {
      if (message.id !== undefined) waiting.get(message.id)?.(message);
      else if (message.method !== undefined) events.push(message.method);
      if (/exceptionThrown|consoleAPICalled/.test(message.method ?? '')) faults.push(JSON.stringify(message));
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
  const { targetInfos } = await ask('Target.getTargets', {});
  const page = (targetInfos as { type: string; targetId: string }[]).find(({ type }) => type === 'page');
  const { sessionId } = await ask('Target.attachToTarget', { targetId: page?.targetId, flatten: true });
  const send: Browser['send'] = (method, params = {}) => ask(method, params, sessionId as string);
  await send('Runtime.enable');
  return {
    send,
    ...{ faults, events },
    async evaluate(expression) {
      const done = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
      assert.equal(done.exceptionDetails, undefined, JSON.stringify(done.exceptionDetails));
      return (done.result as { value: unknown }).value;
    },
    close() {
      child.kill('SIGKILL');
      child.once('exit', () => rmSync(profile, { recursive: true, force: true, maxRetries: 3 }));
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

/** Waits until an expression holds in the page; where it never does, the page's line of status is told. */
export async function until({ evaluate }: Browser, condition: string): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (await evaluate(condition)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(`${condition} never held: ${await evaluate(`document.getElementById('status')?.textContent`)}`);
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** Serves a folder on loopback, as any static server does. */
export async function serveFolder(folder: string): Promise<{ readonly url: string; close(): void }> {
  const server = createServer(({ url = '/' }, response) => {
    const path = join(folder, normalize(decodeURIComponent(url === '/' ? '/index.html' : url)));
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' });
    return createReadStream(path).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => server.closeAllConnections() ?? server.close(),
  };
}
