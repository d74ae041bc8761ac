/**
 * An error that a user can correct. Its message names the file or key, what was expected, what was found and what to
 * do. The command line prints its message without a stack trace and exits with 1.
 */
export class NddrError extends Error {
  override readonly name = 'NddrError';
}

/** The error of a training whose numbers are no longer finite. With the same settings it would happen again. */
export class NotFiniteError extends NddrError {}
