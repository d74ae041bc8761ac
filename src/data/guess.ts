/** Writes down what `init` guessed, and by what; every guess passes here. */
export function guess(notes: string[], what: string, because: string): void {
  notes.push(`guessed: ${what}, because ${because}`);
}
