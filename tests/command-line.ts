/** docs/reference/command-line.md, made of the commands themselves. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Argument, Command, Option } from 'commander';
import { examplesOf } from '../src/cli/examples.js';
import { createProgram } from '../src/cli/main.js';

const INTRODUCTION = `# Command line

<!-- Written by npm run docs; edit the commands in src/cli instead. -->

\`npx nddr COMMAND --help\` prints what stands here about a command, and \`npx nddr --version\` the version. A folder of a run is one that \`train\` wrote, such as \`runs/rooms\`.

A command ends with the exit code 0; with 1 after an error, which is printed as one message that starts with \`error:\`; with 130 after Ctrl-C. The first Ctrl-C lets the command save its work and stop, the second one ends it at once.`;

/** The commands that can be called, those of groups included, in the order of the help. */
export const commandsIn = (command: Command): readonly Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(commandsIn);

/** `data init`: the words by which a command is called. */
export const nameOf = (command: Command): string =>
  command.parent?.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();

/** The options of a command, without `--help`. */
export const optionsOf = (command: Command): readonly Option[] => command.options;

/** A description as a sentence; the stars of settings such as train.* are no emphasis. */
const sentence = (text: string): string => `${text[0].toUpperCase()}${text.slice(1)}.`.replaceAll('*', '\\*');
const anchor = (name: string): string => `#${name.replaceAll(' ', '-')}`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((line) => `| ${line.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

/** The default of an option or argument in words: \`runs\`, or the text that says what it is. */
function defaultOf({ defaultValue, defaultValueDescription }: Option | Argument): string {
  if (defaultValueDescription !== undefined && defaultValue === undefined) return defaultValueDescription;
  if (defaultValue === undefined) return 'none';
  return `\`${defaultValueDescription ?? String(defaultValue)}\``;
}

function meaningOf({ description, argChoices: choices }: Option): string {
  return sentence(choices ? `${description}: ${choices.map((one) => `\`${one}\``).join(' or ')}` : description);
}

function sectionOf(command: Command): string {
  const parts = [
    `## ${nameOf(command)}`,
    sentence(command.description()),
    `\`\`\`\nnddr ${nameOf(command)} ${command.usage()}\n\`\`\``,
    table(
      ['argument', 'meaning', 'default'],
      command.registeredArguments.map((argument) => [
        `\`${argument.name()}${argument.variadic ? ' ...' : ''}\``,
        sentence(argument.description),
        argument.required ? 'required' : defaultOf(argument),
      ]),
    ),
    table(
      ['option', 'meaning', 'default'],
      optionsOf(command).map((option) => [`\`${option.flags}\``, meaningOf(option), defaultOf(option)]),
    ),
    ...examplesOf(command).map(({ line, does }) => `${does}:\n\n\`\`\`\nnpx nddr ${line}\n\`\`\``),
  ];
  return parts.filter((part) => !part.endsWith('| --- | --- | --- |')).join('\n\n');
}

/** The page as the commands have it. */
export function commandLinePage(program: Command = createProgram()): string {
  const commands = commandsIn(program);
  const contents = table(
    ['command', 'what it does'],
    commands.map((one) => [`[\`${nameOf(one)}\`](${anchor(nameOf(one))})`, sentence(one.description())]),
  );
  return `${[INTRODUCTION, contents, ...commands.map(sectionOf)].join('\n\n')}\n`;
}

const PAGE = fileURLToPath(new URL('../../docs/reference/command-line.md', import.meta.url));

/** The page as it is stored. */
export const storedCommandLinePage = (): string => readFileSync(PAGE, 'utf8');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(dirname(PAGE), { recursive: true });
  writeFileSync(PAGE, commandLinePage());
}
