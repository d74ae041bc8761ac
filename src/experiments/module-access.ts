/** Which modules may be imported: the configuration in a run's folder may name one, and importing it runs its code. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { NddrError } from '../errors.js';
import { writeWhole } from '../files.js';

export interface ModuleAccess {
  /**
   * Import the module that a run's configuration names, whoever wrote it. By default it is imported only if this user
   * has trained with it on this machine and it has not changed since.
   */
  readonly allowModule?: boolean;
}

/** The folder with a file for each module that this user has trained with, named by a hash of path and content. */
const recordFolder = (): string => {
  const { XDG_STATE_HOME, LOCALAPPDATA } = process.env;
  const local = process.platform === 'win32' ? LOCALAPPDATA : undefined;
  return join(XDG_STATE_HOME || local || join(homedir(), '.local', 'state'), 'nddr', 'modules');
};

async function recordOf(module: string): Promise<string> {
  const path = await realpath(resolve(module));
  const digest = createHash('sha256')
    .update(`${path}\0`)
    .update(await readFile(path));
  return join(recordFolder(), digest.digest('hex'));
}

/** Records that this user trains with the module as it is now. @throws NddrError where the record cannot be written */
export async function rememberModule(module: string): Promise<void> {
  await writeWhole(await recordOf(module), [`${await realpath(resolve(module))}\n`]);
}

/** @throws NddrError unless this user has trained with the module as it is now, with the way to allow it */
export async function assertKnownModule(module: string): Promise<void> {
  // A missing module runs no code; its import fails with a message of its own.
  if (!existsSync(module) || existsSync(await recordOf(module))) return;
  throw new NddrError(
    `network.backbone: ${resolve(module)} is code that the run's configuration names, and you have not trained with it ` +
      'on this machine, or it has changed since. Read it, and if you trust it give --allow-module.',
  );
}
