/** Which family a file of weights belongs to, by the names and shapes of its tensors. */
import { NddrError } from '../errors.js';
import { suggest } from '../schema.js';
import type { WeightFile } from '../weights/weight-file.js';
import { someOf } from '../words.js';
import { families, familyNames } from './families/index.js';
import type { Family, Recognition, Shapes } from './family.js';

export interface Recognised {
  readonly family: Family;
  readonly recognition: Recognition;
  /** What all names of the network begin with in the file; usually ''. */
  readonly prefix: string;
  /** The name of a tensor in the file, by its name without the prefix. */
  readonly fileName: ReadonlyMap<string, string>;
  readonly shapes: Shapes;
}

export interface Wish {
  /** Name of the family, where the user gives it. */
  readonly family?: string;
  /** Which of several networks of the file, by the beginning of its names. */
  readonly from?: string;
}

/**
 * @param where the file, for messages
 * @returns undefined where no family knows the names
 * @throws NddrError when the file holds several networks of a family and none is chosen, or not the family that is wished
 */
export function recognise(
  file: WeightFile,
  where: string,
  { family: wished, from }: Wish = {},
): Recognised | undefined {
  if (wished !== undefined && !familyNames.includes(wished as (typeof familyNames)[number]))
    throw new NddrError(`${where}: unknown family "${wished}"; ${suggest(wished, familyNames)}`);
  for (const family of families as readonly Family[]) {
    if (wished !== undefined && family.name !== wished) continue;
    const found = prefixesOf(file, family).flatMap((prefix) => {
      const { shapes, fileName } = without(prefix, file);
      const recognition = family.recognise(shapes);
      return recognition ? [{ family, recognition, prefix, fileName, shapes }] : [];
    });
    if (found.length > 0) return chosen(found, where, from);
  }
  if (wished === undefined) return undefined;
  const { title, markers } = (families as readonly Family[]).find(({ name }) => name === wished) as Family;
  throw new NddrError(
    `${where} is not ${title}: it should have ${markers.join(' or ')}, and has ${someOf([...file.tensors.keys()]) || 'no tensor'}.`,
  );
}

function chosen(found: readonly Recognised[], where: string, from: string | undefined): Recognised {
  if (found.length === 1 && from === undefined) return found[0];
  const names = found.map(({ prefix }) => prefix.replace(/[./]$/, ''));
  const at = from === undefined ? -1 : names.indexOf(from);
  if (at >= 0) return found[at];
  if (from !== undefined && found.length === 1 && found[0].recognition.towers !== undefined) return found[0];
  throw new NddrError(
    from === undefined
      ? `${where} holds ${found.length} networks (${names.join(', ')}): say which one by "from".`
      : `${where}: from: there is no network "${from}"; ${names.every((name) => name === '') ? 'the file holds one, without a name.' : suggest(from, names)}`,
  );
}

/** What stands before the markers of a family; '' first. */
function prefixesOf({ tensors }: WeightFile, { markers }: Family): string[] {
  const prefixes = new Set<string>();
  for (const full of tensors.keys()) {
    const name = plain(full);
    for (const marker of markers) {
      const prefix = name.slice(0, name.length - marker.length);
      if (name.endsWith(marker) && (prefix === '' || /[./]$/.test(prefix))) prefixes.add(prefix);
    }
  }
  return [...prefixes].sort();
}

/** A name without the `:0` of TensorFlow's variables. */
const plain = (name: string): string => name.replace(/:0$/, '');

function without(prefix: string, { tensors }: WeightFile) {
  const shapes = new Map<string, readonly number[]>();
  const fileName = new Map<string, string>();
  for (const [full, { shape }] of tensors) {
    const name = plain(full);
    if (!name.startsWith(prefix)) continue;
    shapes.set(name.slice(prefix.length), shape);
    fileName.set(name.slice(prefix.length), full);
  }
  return { shapes, fileName };
}
