import * as z from 'zod';
import { NddrError } from '../../../errors.js';
import { several } from '../../../words.js';
import { splitByPerson } from '../faces/by-person.js';
import { type Portrait, readPortraits } from '../faces/imdb-table.js';
import { AGE_AND_GENDER, faceCells, stemOf } from '../faces/labels.js';
import { importKind, type PlannedSample, type Skipped } from '../kind.js';
import { copied } from '../planned.js';
import { type SourceFile, shownPath } from '../source.js';
import { splitSettings } from '../splitting.js';

const settings = z.strictObject({
  minimumFaceScore: z.number().default(1).describe('Of the face detector; images with a lower one are left out'),
  oneFace: z.boolean().default(true).describe('Images in which the detector found a second face are left out'),
  ages: z
    .tuple([z.number(), z.number()])
    .default([0, 100])
    .describe('Youngest and oldest; others come from wrong dates, and are left out'),
  knownGender: z.boolean().default(true).describe('Images of unknown gender are left out'),
  shares: splitSettings.shares.describe('Split to its share of the persons, drawn at random; together at most 1'),
  seed: splitSettings.seed,
});
type Settings = z.output<typeof settings>;

/** IMDB-WIKI: portraits of film actors and of persons in Wikipedia, with age and gender. */
export const imdbWiki = importKind({
  title: 'IMDB-WIKI, faces with age and gender',
  expects:
    'the folders `imdb_crop` or `wiki_crop`, or both, each with its table `imdb.mat` or `wiki.mat` (MATLAB v5) and the ' +
    'folders `00` to `99` of images',
  writes:
    '`age` in years and `gender` in a table. The age is that of the script of the data set: at 1 July of the year of the ' +
    'photograph. The splits are random; nobody is in two of them',
  settings,
  async plan(sources, chosen) {
    const tables = sources.matching(/(?:^|\/)(?:imdb|wiki)\.mat$/i);
    if (tables.length === 0)
      throw new NddrError(`${sources.shown}: this is no IMDB-WIKI; expected ${imdbWiki.expects}`);
    const images = sources.byKey(/([^/]+\/[^/]+\.(?:jpg|jpeg|png))$/i);
    const found: { portrait: Portrait; image: SourceFile }[] = [];
    const skipped: Skipped[] = [];
    for (const table of tables) {
      const { kept, skipped: out } = filtered(await readPortraits(table), chosen);
      const missing: string[] = [];
      for (const portrait of kept) {
        const image = images.get(portrait.path);
        if (image) found.push({ portrait, image });
        else missing.push(portrait.path);
      }
      const there = { why: `images that ${shownPath(table)} lists, but are not there`, names: missing, isFault: true };
      skipped.push(...out, there);
    }
    const personOf = ({ portrait }: (typeof found)[number]) => portrait.person ?? `image ${portrait.path}`;
    const splitOf = splitByPerson(found, personOf, chosen.shares, chosen.seed);
    const samples = found.flatMap((each): PlannedSample[] => {
      const split = splitOf(each);
      if (split === undefined) return [];
      const { age, gender, path } = each.portrait;
      return [{ split, id: stemOf(path), image: copied(each.image), labels: {}, cells: faceCells(age, gender) }];
    });
    const unnamed = found.filter(({ portrait }) => portrait.person === undefined).length;
    const persons = new Set(found.map(personOf)).size - unnamed;
    return {
      name: 'imdb-wiki',
      labels: AGE_AND_GENDER,
      samples,
      skipped,
      notes: [
        `${several(persons, 'person')}, each in one split only` +
          (unnamed > 0 ? `; ${several(unnamed, 'image')} of persons without a name count as one person each` : ''),
      ],
    };
  },
});

/** The portraits that pass the filters, and the others by the first filter that they do not pass. */
function filtered(
  portraits: readonly Portrait[],
  { minimumFaceScore, oneFace, ages: [youngest, oldest], knownGender }: Settings,
): { readonly kept: Portrait[]; readonly skipped: Skipped[] } {
  const filters: [why: string, fails: (portrait: Portrait) => boolean][] = [
    ['images without a face', ({ faceScore }) => !Number.isFinite(faceScore)],
    [`images with a face score below ${minimumFaceScore}`, ({ faceScore }) => faceScore < minimumFaceScore],
    ['images with a second face', ({ hasSecondFace }) => oneFace && hasSecondFace],
    [`images with an age beyond ${youngest} to ${oldest}`, ({ age }) => !(age >= youngest && age <= oldest)],
    ['images of unknown gender', ({ gender }) => knownGender && gender === undefined],
  ];
  const out = new Map(filters.map(([why]) => [why, [] as string[]]));
  const kept = portraits.filter((portrait) => {
    const failed = filters.find(([, fails]) => fails(portrait));
    if (failed) out.get(failed[0])?.push(portrait.path);
    return !failed;
  });
  return { kept, skipped: [...out].map(([why, names]) => ({ why, names, isFault: false })) };
}
