/** Finds the image files to answer, and the names of their answers. */
import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import { glob } from 'tinyglobby';
import { isImageFile, isUnreadableImage } from '../../data/image.js';
import { NddrError } from '../../errors.js';
import { someOf } from '../../words.js';

/** An image file, and the path of its answers in the output folder, without an ending. */
export interface Input {
  readonly file: string;
  readonly stem: string;
}

export interface Inputs {
  readonly inputs: readonly Input[];
  /** Sentences on files that are left out. */
  readonly notes: readonly string[];
}

interface Named {
  readonly file: string;
  /** The name of its answers, where no other image has the same one. */
  readonly name: string;
}

/**
 * Finds the images that files, folders and patterns name, each once.
 * @param named paths and patterns
 * @param out the folder of the answers; images in it are left out
 * @throws NddrError when one of `named` matches no image, or is the folder of the answers
 */
export async function findInputs(named: readonly string[], out: string): Promise<Inputs> {
  const found: Named[] = [];
  const others: string[] = [];
  const answers: string[] = [];
  for (const name of named) {
    const stats = statSync(name, { throwIfNoEntry: false });
    if (stats && !stats.isDirectory()) {
      found.push({ file: name, name: basename(name) });
      continue;
    }
    if (stats && resolve(name) === resolve(out))
      throw new NddrError(
        `${name} is also where the answers go (--out), and the next time they would be taken for images. ` +
          `Choose another folder, such as --out ${join(name, 'predictions')}.`,
      );
    const base = stats ? name : '.';
    // Whether the folder of the answers lies inside this one.
    const holdsAnswers = stats && isBelow(out, name);
    const files = stats
      ? await glob('**', { cwd: name, dot: true })
      : await glob(name, { expandDirectories: false, absolute: false });
    const before = found.length;
    for (const file of files.sort()) {
      const path = stats ? join(base, file) : file;
      if (holdsAnswers && isBelow(path, out)) answers.push(path);
      else if (isImage(file)) found.push({ file: path, name: file.replace(/^(\.\.[/\\])+|^[/\\]+/, '') });
      else others.push(path);
    }
    if (found.length > before) continue;
    const what = stats ? `the folder ${name} holds no image` : `${name} is no file, and no image matches it`;
    const count = stats && files.length > 0 ? ` (${files.length} other files)` : '';
    throw new NddrError(`${what}${count}. Name image files, folders, or a pattern in quotes.`);
  }
  const once = new Map(found.map((one) => [realpathSync(one.file), one] as const).reverse());
  const unique = found.filter((one) => once.get(realpathSync(one.file)) === one);
  const notes = [
    listed(others, 'no image and left out', 'no images and left out'),
    listed(answers, `an earlier answer in ${out} and left out`, `earlier answers in ${out} and left out`),
    listed(
      found.filter((one) => !unique.includes(one)).map(({ file }) => file),
      'named twice and answered once',
      'named twice and answered once',
    ),
  ];
  return { inputs: stemsOf(unique), notes: notes.flatMap((note) => note ?? []) };
}

function listed(files: readonly string[], one: string, several: string): string | undefined {
  if (files.length === 0) return undefined;
  const shown = someOf(files);
  return files.length === 1 ? `1 file is ${one}: ${shown}` : `${files.length} files are ${several}: ${shown}`;
}

const isBelow = (path: string, folder: string): boolean => resolve(path).startsWith(resolve(folder) + sep);

/**
 * Whether a file is an image, by its ending in upper or lower case. Formats without a decoder count too: they are tried
 * and reported as failed. Hidden files, such as macOS's `._a.jpg`, do not count.
 */
const isImage = (file: string): boolean =>
  !basename(file).startsWith('.') && (isImageFile(file) || isUnreadableImage(file));

/**
 * Names of the answers, all different, also on disks that ignore case. A name is the image's own without its ending;
 * where several images share that, with the ending; where they share that too, with their folders below the deepest
 * common one.
 */
function stemsOf(found: readonly Named[]): Input[] {
  const stems = new Map<Named, string>();
  for (const alike of grouped(found, ({ name }) => bare(name))) {
    if (alike.length === 1) stems.set(alike[0], bare(alike[0].name));
    else if (grouped(alike, ({ name }) => name).length === alike.length)
      for (const one of alike) stems.set(one, one.name);
    else
      for (const group of grouped(alike, (one) => bare(belowAll(one, alike))))
        for (const one of group) stems.set(one, group.length === 1 ? bare(belowAll(one, alike)) : belowAll(one, alike));
  }
  // A name with an ending may be another image's name without one: then all get their whole paths.
  const unique = grouped(found, (one) => stems.get(one) ?? '').length === found.length;
  return found.map((one) => {
    const stem = (unique && stems.get(one)) || belowAll(one, found);
    return { file: one.file, stem: stem.split(sep).join('/') };
  });
}

/** A name without its ending. */
const bare = (name: string): string => name.slice(0, name.length - extname(name).length);

/** The path of a file below the deepest folder that holds all of them. */
function belowAll({ file }: Named, all: readonly Named[]): string {
  let folder = dirname(resolve(file));
  while (!all.every((one) => isBelow(one.file, folder)) && dirname(folder) !== folder) folder = dirname(folder);
  return relative(folder, resolve(file));
}

function grouped(all: readonly Named[], nameOf: (one: Named) => string): Named[][] {
  const groups = new Map<string, Named[]>();
  for (const one of all) {
    const name = nameOf(one).normalize('NFC').toLowerCase();
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return [...groups.values()];
}
