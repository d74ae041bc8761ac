/**
 * An error whose message a user can act on: what was expected, what was found and where, and what to do.
 * The command line prints its message without a stack trace and exits with 1.
 */
export class NddrError extends Error {
  override readonly name = 'NddrError';
}

/** Training came to numbers that are not finite: with the same settings it would again. */
export class NotFiniteError extends NddrError {}
