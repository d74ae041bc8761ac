/** The command line: all commands, and what becomes of their errors. */
import { Command, CommanderError, Help, type Option } from 'commander';
import { NddrError } from '../errors.js';
import { version } from '../experiments/version.js';
import { dataCommand } from './data.js';
import { demoCommand } from './demo.js';
import { doctorCommand } from './doctor.js';
import { evalCommand } from './eval.js';
import { experimentCommand } from './experiment.js';
import { exportCommand } from './export.js';
import { exportEventsCommand } from './export-events.js';
import { initCommand } from './init.js';
import { predictCommand } from './predict.js';
import { reportCommand } from './report.js';
import { serveCommand } from './serve.js';
import { sharingCommand } from './sharing.js';
import { studioCommand } from './studio.js';
import { resumeCommand, trainCommand } from './train.js';
import { weightsCommand } from './weights.js';

/** All commands with their options. */
export function createProgram(): Command {
  const program = new Command('nddr')
    .description('multi-task vision: train, evaluate and use networks that answer several questions about an image')
    .version(version(), '--version', 'print the version');
  for (const command of [
    trainCommand(),
    resumeCommand(),
    evalCommand(),
    predictCommand(),
    exportCommand(),
    serveCommand(),
    studioCommand(),
    reportCommand(),
    sharingCommand(),
    exportEventsCommand(),
    experimentCommand(),
    dataCommand(),
    weightsCommand(),
    initCommand(),
    demoCommand(),
    doctorCommand(),
  ])
    program.addCommand(command);
  configure(program);
  return program;
}

/** Runs the command line. @returns the exit code: 0; 1 for an error, whose message was printed; 130 after Ctrl-C */
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

/**
 * An error of the system about a file or folder, as Node throws it: "ENOENT: no such file or directory, open 'PATH'".
 */
const isFileError = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && 'path' in error && 'syscall' in error;

/** Sets up a command and those below it: errors are thrown, and help shows every default. */
function configure(command: Command): void {
  command.exitOverride().configureHelp({ showGlobalOptions: true, optionDescription });
  for (const child of command.commands) configure(child);
}

const help = new Help();

/** The description with its default; `Help` leaves out a default that is a text instead of a value. */
const optionDescription = (option: Option): string =>
  option.defaultValue === undefined && option.defaultValueDescription
    ? `${option.description} (default: ${option.defaultValueDescription})`
    : help.optionDescription(option);
