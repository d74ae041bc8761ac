/** Which files are answered, and what their answers are called. */
import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import { glob } from 'tinyglobby';
import { isImageFile, isUnreadableImage } from '../../data/image.js';
import { NddrError } from '../../errors.js';
import { someOf } from '../../words.js';

/** An image file, and the path of its answers below the folder that they go to, without an ending. */
export interface Input {
  readonly file: string;
  readonly stem: string;
}

export interface Inputs {
  readonly inputs: readonly Input[];
  /** What was passed over, in words. */
  readonly notes: readonly string[];
}

interface Named {
  readonly file: string;
  /** As the answers are called where no other has the same name. */
  readonly name: string;
}

/**
 * Finds the images that files, folders and patterns name, each once.
 * @param out where answers go: what lies there is none of the images
 * @throws NddrError when one of them names no image, or is the folder of the answers
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
    // Answers lie below a folder that is named where theirs does.
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
 * By its ending in any case. Images that cannot be decoded are tried, fail, and are told of; a hidden file, such as
 * macOS's `._a.jpg`, is none.
 */
const isImage = (file: string): boolean =>
  !basename(file).startsWith('.') && (isImageFile(file) || isUnreadableImage(file));

/**
 * Names of the answers, no two alike (nor on a disk that does not tell A from a): the image's own without its ending;
 * where several share it, with the ending; where they share that too, with their folders, from the one that holds them
 * all.
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
  // A longer name may be another's short one: then all are told apart by their whole paths.
  const unique = grouped(found, (one) => stems.get(one) ?? '').length === found.length;
  return found.map((one) => {
    const stem = (unique && stems.get(one)) || belowAll(one, found);
    return { file: one.file, stem: stem.split(sep).join('/') };
  });
}

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
