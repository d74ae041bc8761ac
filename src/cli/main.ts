/** argv -> the library. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { NddrError } from '../errors.js';
import { dataCommand } from './data.js';
import { demoCommand } from './demo.js';
import { evalCommand } from './eval.js';
import { experimentCommand } from './experiment.js';
import { exportCommand } from './export.js';
import { initCommand } from './init.js';
import { predictCommand } from './predict.js';
import { reportCommand } from './report.js';
import { trainCommands } from './train.js';

/** All commands with their options. */
export function createProgram(): Command {
  const program = new Command('nddr')
    .description('multi-task vision: train, judge and use networks that answer several questions about an image')
    .version(version(), '--version', 'print the version')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });
  for (const command of [
    ...trainCommands(),
    evalCommand(),
    predictCommand(),
    exportCommand(),
    reportCommand(),
    experimentCommand(),
    dataCommand(),
    initCommand(),
    demoCommand(),
  ])
    program.addCommand(command);
  exitByException(program);
  return program;
}

/** Runs the command line. @returns the exit code: 0, 1 for an error that was told, 130 after Ctrl-C */
export async function main(argv: readonly string[]): Promise<number> {
  const program = createProgram();
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    if (!(error instanceof NddrError) && !isFileError(error)) throw error;
    console.error(`error: ${error.message}`);
    return 1;
  }
}

/** A file or folder that the system refuses, as told by Node: "ENOENT: no such file or directory, open 'PATH'". */
const isFileError = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && 'path' in error && 'syscall' in error;

/** That of the package. */
function version(): string {
  const file = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}

function exitByException(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) exitByException(child);
}
