/** Data sets whose files lie on the disk. */
import { describeFolder, openFolder } from './folder.js';
import { dataSets } from './sources.js';

export type { DataConfig, JoinConfig, RoomsConfig } from './sources.js';

/** The data sets of this machine. */
export const diskData = dataSets({
  splits: async ({ root, description }) => Object.keys((await describeFolder({ root, description })).splits),
  open: ({ root, description }, split) => openFolder({ root, description, split }),
});

export const { splitsOf, open: openDataset } = diskData;
