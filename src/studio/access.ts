/** Who may see the studio where other machines can reach it: those who have its token. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { Refusal } from '../http/refusal.js';

export const LEAST_TOKEN = 16;

export const newToken = (): string => randomBytes(24).toString('base64url');

/**
 * Takes requests with the token: as `?token=` of the page's address, which is exchanged for a cookie, as that cookie, or
 * as `Authorization: Bearer`.
 */
export function withToken(token: string): MiddlewareHandler {
  const wanted = digest(token);
  const right = (given: string | undefined) => given !== undefined && timingSafeEqual(digest(given), wanted);
  return async (c, next) => {
    const name = cookieOf(c);
    const given = c.req.query('token');
    if (c.req.path === '/' && right(given)) {
      setCookie(c, name, given as string, { httpOnly: true, sameSite: 'Strict', path: '/' });
      return c.redirect('/', 303);
    }
    const bearer = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1];
    if (!right(bearer) && !right(getCookie(c, name)))
      throw new Refusal(401, 'This needs the token. Open the address that the program printed, with ?token= in it.');
    return next();
  };
}

/** Cookies are shared by all ports of a host: each server has its own name. */
const cookieOf = (c: Context): string => `nddr-studio-${new URL(c.req.url).port || '80'}`;

/** Of equal length for all texts, so that they can be compared in constant time. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
