/** Asks a server as any program might, also wrongly. */
import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import sharp from 'sharp';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly signal?: AbortSignal;
}

/** One request on a connection of its own. */
export async function ask(url: string, { method, headers, body, signal }: Asked = {}): Promise<Answer> {
  const sent = request(url, { method: method ?? (body === undefined ? 'GET' : 'POST'), headers, signal, agent: false });
  sent.on('error', () => {}); // a server that refuses may close before it has read everything
  sent.end(body);
  const [response] = await once(sent, 'response');
  return { status: response.statusCode, headers: response.headers, text: await text(response) };
}

/** The reason of a refusal. */
export const reasonOf = ({ text: body }: Answer): string => (JSON.parse(body) as { error: string }).error;

/** Asks about an image. */
export const predict = (url: string, body: Uint8Array | string, query = '', asked: Asked = {}): Promise<Answer> =>
  ask(`${url}/predict${query}`, { body, ...asked, headers: { 'Content-Type': 'image/png', ...asked.headers } });

/** A connection on which anything may be written, and all that came back once it is closed. */
export function raw(url: string, words: string): { readonly socket: Socket; readonly answer: Promise<string> } {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write(words);
  return { socket, answer: text(socket).catch(() => '') };
}

/** The head of a request with an image. */
export const head = (length: number): string =>
  `POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: ${length}\r\n\r\n`;

/** A grey image. */
export const picture = (width = 8, height = 6): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: '#777' } })
    .png()
    .toBuffer();

/** A number of the metrics; 0 where it is not there yet. */
export async function metric(url: string, name: string): Promise<number> {
  const { text: all } = await ask(`${url}/metrics`);
  const line = all.split('\n').find((one) => one.startsWith(`${name} `));
  return Number(line?.split(' ').at(-1) ?? 0);
}

/** Waits until something is so. @throws Error after a minute */
export async function until(so: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await so()); tries++) {
    if (tries === 6000) throw new Error('it never came about');
    await setTimeout(10);
  }
}
