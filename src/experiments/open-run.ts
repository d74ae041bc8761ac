/** Opens the folder of a run. */
import { RunFolder } from '../train/node/run-folder.js';
import type { Config } from './config.js';
import { readRunConfig } from './run-config.js';
import { requireSameHoldOut } from './splits.js';

/**
 * The folder and the configuration of a run.
 * @param set settings that replace its own, as in `data.root=/elsewhere`: see `readRunConfig`
 * @throws NddrError when there is no run, or its configuration is not valid
 */
export async function openRun(
  path: string,
  set: readonly string[] = [],
): Promise<{ folder: RunFolder; config: Config }> {
  const folder = RunFolder.open(path);
  const config = await readRunConfig(folder, set);
  if (set.length > 0) requireSameHoldOut(path, await readRunConfig(folder), config);
  return { folder, config };
}
