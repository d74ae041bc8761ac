/** The kinds of data sets, and how one is opened, wherever its files come from. */
import { NddrError } from '../errors.js';
import { suggest } from '../schema.js';
import type { PackableDataset } from './dataset.js';
import type { DescriptionInput } from './description.js';
import { partOf, type Split } from './hold-out.js';
import { joinDatasets, withOnly } from './join.js';
import { openRooms } from './rooms/rooms.js';

/** Which data set to open; plain JSON, so that a worker thread can open it again. */
export type DataConfig = PartConfig | JoinConfig;

/** A data set that may be part of a joined one. */
export type PartConfig = (FolderConfig | RoomsConfig) & {
  /** The labels to keep; the others are left out. All are kept where absent. */
  readonly only?: readonly string[];
};

/** The samples of several data sets as one; a split holds those of every part that has one of its name. */
export interface JoinConfig {
  readonly kind: 'join';
  readonly parts: readonly PartConfig[];
}

/** Images and labels on disk, described by a `dataset.json`. */
export interface FolderConfig extends FolderOptions {
  readonly kind: 'folder';
}

export interface FolderOptions {
  readonly root: string;
  /** The description, or the path of its file; `root/dataset.json` where left out. */
  readonly description?: string | DescriptionInput;
}

/** The built-in data set: images of rooms, generated from a seed. */
export interface RoomsConfig {
  readonly kind: 'rooms';
  readonly seed: number;
  /** Split name to number of images. */
  readonly length: Readonly<Record<string, number>>;
  readonly width: number;
  readonly height: number;
}

/** How data sets of one kind are listed and opened. */
export interface Source<Config> {
  splits(config: Config): readonly string[] | Promise<readonly string[]>;
  open(config: Config, split: string): PackableDataset | Promise<PackableDataset>;
}

/** The data sets that can be opened here. */
export interface DataSets {
  /** Names of the splits of a data set. @throws NddrError when it cannot be opened */
  splitsOf(config: DataConfig): Promise<readonly string[]>;
  /**
   * Opens a split of a data set, or the part of a split that is held out, or the rest of it.
   * @throws NddrError when the kind or the split is unknown, or the data set cannot be opened
   */
  open(config: DataConfig, split: Split): Promise<PackableDataset>;
}

/** The data sets of all kinds. @param folder reads those that are files */
export function dataSets(folder: Source<FolderConfig>): DataSets {
  const sources: { readonly [Kind in DataConfig['kind']]: Source<Extract<DataConfig, { kind: Kind }>> } = {
    folder,
    rooms: {
      splits: ({ length }) => Object.keys(length),
      open: ({ seed, length, width, height }, split) =>
        openRooms({ split, length: length[split], seed, width, height }),
    },
    join: {
      splits: async ({ parts }) => [...new Set((await Promise.all(parts.map(splitsOf))).flat())],
      async open({ parts }, split) {
        const having: PartConfig[] = [];
        for (const part of parts) if ((await splitsOf(part)).includes(split)) having.push(part);
        return joinDatasets(await Promise.all(having.map((part) => open(part, split))));
      },
    },
  };
  // The index type forgets that key and argument belong together.
  const sourceOf = (config: DataConfig) => sources[config.kind] as Source<DataConfig>;
  const splitsOf: DataSets['splitsOf'] = async (config) => sourceOf(config).splits(config);
  const open: DataSets['open'] = async (config, split) => {
    if (typeof split !== 'string') return partOf(await open(config, split.of), split);
    if (!Object.hasOwn(sources, config.kind)) {
      throw new NddrError(`data: unknown kind "${config.kind}"; ${suggest(config.kind, Object.keys(sources))}`);
    }
    const splits = await splitsOf(config);
    if (!splits.includes(split)) {
      const name = config.kind === 'folder' ? config.root : config.kind;
      throw new NddrError(`${name}: the data set has no split "${split}"; ${suggest(split, splits)}`);
    }
    const dataset = await sourceOf(config).open(config, split);
    return 'only' in config && config.only ? withOnly(dataset, config.only) : dataset;
  };
  return { splitsOf, open };
}
