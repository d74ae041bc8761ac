/** The splits of runs whose data lie on the disk. */
import { existsSync } from 'node:fs';
import type { PackableDataset } from '../data/dataset.js';
import { type DataConfig, diskData } from '../data/index.js';
import { NddrError } from '../errors.js';
import type { Config } from './config.js';
import { type Chosen, Splits } from './split-choice.js';

export { HELD_OUT, reading, requireSameHoldOut } from './split-choice.js';

/** @throws NddrError when the folder of a data set, or the file that describes it, does not exist here */
function requireData(data: DataConfig, key = 'data'): void {
  if (data.kind === 'join') {
    for (const [i, part] of data.parts.entries()) requireData(part, `${key}.parts.${i}`);
  } else if (data.kind === 'folder') {
    const { root, description } = data;
    const missing = (what: 'root' | 'description', path: string) =>
      new NddrError(`${key}.${what}: ${path} does not exist. Where the data lie elsewhere: --set ${key}.${what}=PATH.`);
    if (!existsSync(root)) throw missing('root', root);
    if (typeof description === 'string' && !existsSync(description)) throw missing('description', description);
  }
}

export const diskSplits = new Splits({
  async splitsOf(data) {
    requireData(data);
    return diskData.splitsOf(data);
  },
  async open(data, split) {
    requireData(data);
    return diskData.open(data, split);
  },
});

/** As `Splits.open`, of data on the disk. */
export const openSplit = (config: Chosen, name: string): Promise<PackableDataset> => diskSplits.open(config, name);

/** As `Splits.complete`, of data on the disk. */
export const completeSplits = <C extends Chosen>(config: C): Promise<C> => diskSplits.complete(config);

/** As `Splits.notes`, of data on the disk. */
export const splitNotes = (config: Config): Promise<string[]> => diskSplits.notes(config);
