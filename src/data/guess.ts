/** Notes a guess of `init` with its reason; all guesses are noted by this function, so that they read alike. */
export function guess(notes: string[], what: string, because: string): void {
  notes.push(`guessed: ${what}, because ${because}`);
}
