import { NddrError } from '../errors.js';
import { suggest } from '../schema.js';
import type { PackableDataset } from './dataset.js';
import { type FolderOptions, openFolder } from './folder.js';
import { openRooms } from './rooms/rooms.js';

/** Which data set to open; plain JSON, so that a worker thread can open it again. */
export type DataConfig = FolderConfig | RoomsConfig;

/** Images and labels on disk, described by a `dataset.json`. */
export interface FolderConfig extends FolderOptions {
  readonly kind: 'folder';
}

/** The built-in rooms, generated from a seed. */
export interface RoomsConfig {
  readonly kind: 'rooms';
  readonly seed: number;
  /** Split name to number of images. */
  readonly length: Readonly<Record<string, number>>;
  readonly width: number;
  readonly height: number;
}

type Open<Config> = (config: Config, split: string) => PackableDataset | Promise<PackableDataset>;

const sources: { [Kind in DataConfig['kind']]: Open<Extract<DataConfig, { kind: Kind }>> } = {
  folder: (config, split) => openFolder({ root: config.root, description: config.description, split }),
  rooms: ({ seed, length, width, height }, split) => {
    if (!Object.hasOwn(length, split)) {
      throw new NddrError(`rooms: the data set has no split "${split}"; ${suggest(split, Object.keys(length))}`);
    }
    return openRooms({ split, length: length[split], seed, width, height });
  },
};

/**
 * Opens a split of a data set.
 * @throws NddrError when the kind or the split is unknown, or the data set cannot be opened
 */
export async function openDataset(config: DataConfig, split: string): Promise<PackableDataset> {
  if (!Object.hasOwn(sources, config.kind)) {
    throw new NddrError(`data: unknown kind "${config.kind}"; ${suggest(config.kind, Object.keys(sources))}`);
  }
  return (sources[config.kind] as Open<DataConfig>)(config, split);
}
