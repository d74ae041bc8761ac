/** Samples from files of images and labels that have common keys. */
import type { PlannedFile, PlannedSample, Skipped } from './kind.js';
import { copied } from './planned.js';
import type { SourceFile } from './source.js';

/** Where a sample is written. */
export interface Place {
  readonly split: string;
  readonly id: string;
}

export interface Pairs {
  readonly images: ReadonlyMap<string, SourceFile>;
  /** Label name to the files of the label, by the keys of the images. */
  readonly labels: Readonly<Record<string, ReadonlyMap<string, PlannedFile>>>;
  /** Where the sample of a key is written; undefined where it is not. */
  placeOf(key: string): Place | undefined;
  /** Whether images without any label are written. */
  readonly keepUnlabelled?: boolean;
}

/** The samples, and what is left out: images without any label, and labels without an image. */
export function pairUp({ images, labels, placeOf, keepUnlabelled = false }: Pairs): {
  readonly samples: PlannedSample[];
  readonly skipped: Skipped[];
} {
  const samples: PlannedSample[] = [];
  const unlabelled: string[] = [];
  for (const [key, image] of images) {
    const place = placeOf(key);
    if (!place) continue;
    const own = Object.entries(labels).flatMap(([name, files]) => {
      const file = files.get(key);
      return file ? [[name, file] as const] : [];
    });
    if (own.length === 0 && !keepUnlabelled) unlabelled.push(key || image.name);
    else samples.push({ ...place, image: copied(image), labels: Object.fromEntries(own) });
  }
  const lost = new Set(
    Object.values(labels).flatMap((files) =>
      [...files].flatMap(([key, { from }]) => (images.has(key) ? [] : [key || from])),
    ),
  );
  return {
    samples,
    skipped: [
      { why: 'images without any label', names: unlabelled, isFault: true },
      { why: 'labels without an image', names: [...lost], isFault: true },
    ],
  };
}

/** Files as copies, by the same keys. */
export const copies = (files: ReadonlyMap<string, SourceFile>): Map<string, PlannedFile> =>
  new Map([...files].map(([key, file]) => [key, copied(file)]));

/** Where a sample goes whose key is its id; undefined where it is in no split. */
export function placeIn(splitOf: ReadonlyMap<string, string>, id: string): Place | undefined {
  const split = splitOf.get(id);
  return split === undefined ? undefined : { split, id };
}
