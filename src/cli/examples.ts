/** Examples of commands: they stand below the help of the command and in docs/reference/command-line.md. */
import type { Command } from 'commander';

export interface Example {
  /** What is typed after `npx nddr`, such as `train examples/rooms.json`. */
  readonly line: string;
  /** What it does, beginning with a verb: `Train on the built-in data set`. */
  readonly does: string;
}

const examples = new WeakMap<Command, readonly Example[]>();

/** Gives a command its examples. @returns the command */
export function withExamples(command: Command, ...list: readonly Example[]): Command {
  examples.set(command, list);
  const lines = list.flatMap(({ line, does }) => [`  ${does}:`, `    npx nddr ${line}`]);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** The examples of a command; none for a group of commands such as `data`. */
export const examplesOf = (command: Command): readonly Example[] => examples.get(command) ?? [];
