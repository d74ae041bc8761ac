/** Requests that are not answered, and why. */

/** The status of a request that is not answered, and the reason with the way out, for the person who sent it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 413 | 415 | 422 | 500 | 503 | 504,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}
