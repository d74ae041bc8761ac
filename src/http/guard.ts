/** Which requests are taken at all: those to the server's own names, from programs or from pages that are allowed. */
import { Refusal } from './refusal.js';

export interface GuardOptions {
  /** The address that the server listens on. */
  readonly host: string;
  /** Further names by which it may be called. */
  readonly allowHosts: readonly string[];
  /** Origins of pages that may call it, or `*`. */
  readonly allowOrigins: readonly string[];
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/** Whether an address can be reached from this machine only. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

/**
 * Refuses what a page from elsewhere may do to a server of this machine. A page whose name is pointed at 127.0.0.1
 * (DNS rebinding) shows by its `Host`. A form that it sends shows by its `Origin`; the browser would keep the answer
 * from the page, but not the work from the server.
 * @throws Refusal 403
 */
export function expectOwn(headers: Headers, { host, allowHosts, allowOrigins }: GuardOptions): void {
  const called = headers.get('host') ?? '';
  const name = hostname(called);
  // On other addresses the names by which people reach the machine are not known.
  const known = isLoopback(host) || allowHosts.length > 0 ? [...LOOPBACK_NAMES, inUrl(host), ...allowHosts] : undefined;
  if (known && (name === undefined || !known.some((one) => one.toLowerCase() === name)))
    throw new Refusal(
      403,
      `This server does not answer to the host "${called.slice(0, 100)}". Call it by its address, or start it with --allow-host.`,
    );
  const origin = headers.get('origin');
  if (origin === null || allowOrigins.includes('*') || allowOrigins.includes(origin)) return;
  if (URL.canParse(origin) && new URL(origin).host === called.toLowerCase()) return;
  throw new Refusal(
    403,
    `Pages of ${origin.slice(0, 100)} may not call this server. Start it with --allow-origin to let them.`,
  );
}

/** The name in a `Host` header, without the port; undefined where it holds none. */
const hostname = (host: string): string | undefined =>
  URL.canParse(`http://${host}`) && !/[/?#@]/.test(host) ? new URL(`http://${host}`).hostname : undefined;

/** A host as an address of the web has it: IPv6 in brackets. */
export const inUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);
