/** Mutants that no test can kill, because they behave like the original. They are not run, and counted apart. */

export interface Equivalent {
  readonly file: string;
  /** The source line, without the space around it. */
  readonly line: string;
  /** Each as the report shows it. */
  readonly changes: readonly string[];
  readonly why: string;
}

export const EQUIVALENT: readonly Equivalent[] = [];
