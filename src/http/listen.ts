/** Begins and ends to listen on an address. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NddrError } from '../errors.js';
import { inUrl } from './guard.js';

/** The seconds that clients have to receive their last answers. */
const FLUSH_SECONDS = 2;

/**
 * @param port 0 takes any that is free
 * @returns the address as `http://127.0.0.1:8080`
 * @throws NddrError with the reason and the way out
 */
export async function listen(server: Server, host: string, port: number): Promise<string> {
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new NddrError(
      `${inUrl(host)}:${port}: ${LISTEN_ERRORS[code] ?? `the server cannot listen there (${message}).`}`,
    );
  }
  const { address, port: taken } = server.address() as AddressInfo;
  return `http://${inUrl(address)}:${taken}`;
}

const LISTEN_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there. Choose another --port; 0 takes any that is free.',
  EACCES: 'you may not listen there; ports below 1024 need permission. Choose another --port.',
  EADDRNOTAVAIL: 'this machine has no such address. Choose another --host: 127.0.0.1, or one of its own.',
  ENOTFOUND: 'there is no such host. Choose another --host: 127.0.0.1, or an address of this machine.',
};

/** Waits for the answers that are being sent, for a while. */
export async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  const timer = setTimeout(() => server.closeAllConnections(), 1000 * FLUSH_SECONDS);
  await closed;
  clearTimeout(timer);
}
