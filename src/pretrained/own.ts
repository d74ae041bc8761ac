/** Weights under this project's own names: of a run, or of a file that another program wrote by them. */
import { NddrError } from '../errors.js';
import { suggest } from '../schema.js';
import type { WeightFile } from '../weights/weight-file.js';
import type { Target } from './target.js';

/** Names of variables that only this project gives. */
const OWN_ENTRY = /\.(gamma|beta|mean|var)$/;
const TRUNK = 'shared';

/** `segmentation` of `segmentation.conv1_1.weight`, and the rest. */
const split = (name: string): readonly [owner: string, rest: string] => {
  const at = name.indexOf('.');
  return at < 0 ? ['', name] : [name.slice(0, at), name.slice(at + 1)];
};

/** Whether the names of a file are this project's. */
export function isOwn({ tensors, metadata }: WeightFile, { variables, stagePaths }: Target): boolean {
  if (metadata.format?.startsWith('nddr ')) return true;
  return [...tensors.keys()].some(
    (name) => variables.has(name) || (OWN_ENTRY.test(name) && stagePaths.has(split(name)[1])),
  );
}

export interface OwnWish {
  /** Tower of the network to fill; all where it is left out. */
  readonly tower?: string;
  /** Tower of the file to take. */
  readonly from?: string;
}

/**
 * The name in the file for each variable of the network that has one. By default equal names belong together; the trunk of
 * a file fills towers that the file does not have, and the only tower of a file fills a trunk.
 * @param where the file, for messages
 * @throws NddrError when a tower is not there, or several could be meant
 */
export function ownNames(
  file: WeightFile,
  target: Target,
  where: string,
  { tower, from }: OwnWish,
): Map<string, string> {
  const names = file.tensors;
  const owners = [
    ...new Set([...names.keys()].filter((name) => target.stagePaths.has(split(name)[1])).map((name) => split(name)[0])),
  ];
  if (from !== undefined && !owners.includes(from))
    throw new NddrError(`${where}: from: the file has no tower "${from}"; ${suggest(from, owners)}`);
  const pairs = new Map<string, string>();
  const pair = (path: string, name: string) => names.has(name) && pairs.set(path, name);

  if (tower !== undefined || from !== undefined) {
    const origin = from ?? originFor(tower as string, owners, where);
    for (const path of target.variables.keys()) {
      const [owner, rest] = split(path);
      const isStage = target.stagePaths.has(rest) && target.towers.includes(owner);
      // Without a tower, the one of the file fills the stages of all; its head answers its own question only.
      const wanted = tower === undefined ? isStage || owner === origin : owner === tower;
      if (wanted) pair(path, `${origin}.${rest}`);
    }
    return pairs;
  }

  for (const path of target.variables.keys()) {
    const [owner, rest] = split(path);
    if (names.has(path) || !target.towers.includes(owner) || !target.stagePaths.has(rest)) pair(path, path);
    else if (owners.includes(owner)) continue;
    else if (owners.includes(TRUNK)) pair(path, `${TRUNK}.${rest}`);
    else if (owner === TRUNK && owners.length === 1) pair(path, `${owners[0]}.${rest}`);
    else if (owner === TRUNK && owners.length > 1)
      throw new NddrError(
        `${where} has the towers ${owners.join(', ')}, and the network has one trunk: say which one fills it, ` +
          `such as {"file": ..., "from": "${owners[0]}"}.`,
      );
  }
  return pairs;
}

/** The tower of the file that is meant for one of the network. */
function originFor(tower: string, owners: readonly string[], where: string): string {
  if (owners.includes(tower)) return tower;
  if (owners.length === 1) return owners[0];
  throw new NddrError(
    `${where} has ${owners.length === 0 ? 'no tower of this network' : `the towers ${owners.join(', ')}`}, and none is named ` +
      `"${tower}": say which one is meant by "from".`,
  );
}
