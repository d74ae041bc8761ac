/** Completes configurations whose data lie on the disk, and builds the networks that they describe. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { NetworkOptions } from '../network.js';
import { completeFrom, networkWith } from './complete.js';
import type { Config } from './config.js';
import { assertKnownModule, type ModuleAccess } from './module-access.js';
import { diskSplits } from './splits.js';
import { completeNormalisation } from './start.js';

export { tasksOf } from './complete.js';

/**
 * Completes a configuration from its data set and the weights that it starts from, so that it is enough to build the
 * network: what `completeFrom` adds, and what those weights were fed with.
 * @param note called with a sentence on what was counted
 * @throws NddrError as `completeFrom`, and when a file of weights cannot be read
 */
export async function completeConfig(given: Config, note: (message: string) => void = () => {}): Promise<Config> {
  return completeNormalisation(await completeFrom(diskSplits, given, note));
}

/**
 * The network of a complete configuration.
 * @throws NddrError when a task's settings are wrong, or when the module of a custom backbone may not be imported
 *   or holds no backbone
 */
export const networkOf = (config: Config, { allowModule }: ModuleAccess = {}): Promise<NetworkOptions> =>
  networkWith(config, async (path) => {
    if (!allowModule) await assertKnownModule(path);
    return import(pathToFileURL(resolve(path)).href);
  });
