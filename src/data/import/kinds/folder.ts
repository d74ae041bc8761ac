import { parse } from 'node:path';
import { z } from 'zod';
import { NddrError } from '../../../errors.js';
import { someOf } from '../../../words.js';
import type { DescriptionInput } from '../../description.js';
import { patternMatcher } from '../../patterns.js';
import { importKind } from '../kind.js';
import { copies, pairUp } from '../pairs.js';
import { type SourceFile, type Sources, shownPath } from '../source.js';
import { splitByKey, splitSettings, splitUp } from '../splitting.js';

const settings = z.strictObject({
  name: z.string().min(1).default('folder').describe('The name of the data set'),
  images: z
    .string()
    .min(1)
    .default('images/*.{jpg,jpeg,png}')
    .describe('Pattern of the images in the source: `*`, `**`, `?` and `{a,b}` are known'),
  labels: z
    .record(z.string(), z.looseObject({ files: z.string().min(1) }))
    .default({})
    .describe(
      'Label name to `files`, the pattern of its files, which pair with images where the wildcards match the same text; the ' +
        'other keys describe it as in `dataset.json`: `labels.depth.kind=depth`',
    ),
  splits: z
    .record(z.string(), z.string().min(1))
    .optional()
    .describe('Split to the pattern of its images, instead of lists or shares: `splits.train=train/*.jpg`'),
  ...splitSettings,
});

/** Anybody's images and labels, with patterns, descriptions and splits by settings. */
export const folder = importKind({
  title: "anybody's images and labels",
  expects: 'a folder or archive; `images` and `labels` say where the files are',
  writes: 'the labels that the settings name; splits by patterns, by lists, or at random with a seed',
  settings,
  async plan(sources, { name, images: pattern, labels: given, splits: patterns, ...choice }) {
    const images = new Map<string, SourceFile>();
    const splitOf = new Map<string, string>();
    for (const [split, one] of Object.entries(patterns ?? { '': pattern })) {
      for (const [key, file] of filesOf(sources, one, 'images')) {
        if (splitOf.has(key) && patterns)
          throw new NddrError(
            `splits.${split}: the image "${key}" is in "${splitOf.get(key)}" as well; narrow the pattern`,
          );
        images.set(key, file);
        splitOf.set(key, split);
      }
    }
    const labels = Object.fromEntries(
      Object.entries(given).map(([label, { files }]) => [label, copies(filesOf(sources, files, `labels.${label}`))]),
    );
    const division = patterns ? undefined : await splitUp(sources, images, choice);
    for (const [key, split] of division ? splitByKey(division) : []) splitOf.set(key, split);
    const pairs = pairUp({
      images,
      labels,
      placeOf(key) {
        const split = splitOf.get(key);
        // A pattern that names one file has no wildcards, whose text could be the name.
        const id = key.replaceAll('/', '_') || parse(images.get(key)?.name ?? '').name;
        return split ? { split, id } : undefined;
      },
      keepUnlabelled: Object.keys(given).length === 0,
    });
    return {
      name,
      labels: Object.fromEntries(
        Object.entries(given).map(([label, { files: _, ...what }]) => [
          label,
          what as DescriptionInput['labels'][string],
        ]),
      ),
      samples: pairs.samples,
      skipped: [...(division?.skipped ?? []), ...pairs.skipped],
    };
  },
});

/** The files that a pattern matches, by what its wildcards match. @throws NddrError where it matches none, or two alike */
function filesOf(sources: Sources, pattern: string, what: string): Map<string, SourceFile> {
  const match = patternMatcher(pattern);
  const files = new Map<string, SourceFile>();
  for (const source of sources.list) {
    for (const name of source.names) {
      const key = match(name);
      if (key === undefined) continue;
      const file = { source, name };
      const other = files.get(key);
      if (other)
        throw new NddrError(
          `${what}: ${shownPath(other)} and ${shownPath(file)} are both "${key}"; narrow the pattern ${pattern}`,
        );
      files.set(key, file);
    }
  }
  if (files.size > 0) return files;
  const names = sources.list.flatMap((source) => source.names);
  throw new NddrError(`${what}: no file matches ${pattern}; the source has ${someOf(names)}`);
}
