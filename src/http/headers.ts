/** Headers of every answer: what a page of the server may load and do. */
import type { MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';

/** Pages run scripts and styles from files of this server alone, never from within their markup. */
export const ownHeaders = (): MiddlewareHandler =>
  secureHeaders({
    contentSecurityPolicy: {
      ...{ defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] },
      ...{
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        connectSrc: ["'self'"],
        imgSrc: ["'self'", 'blob:', 'data:'],
      },
    },
    // There is no TLS here: what stands in front of the server may add it.
    strictTransportSecurity: false,
  });
