import * as z from 'zod';
import { NddrError } from '../../../errors.js';
import { AGE_GROUPS, type Face, groupOf, readFold } from '../faces/adience-folds.js';
import { AGE_AND_GENDER, faceCells, stemOf } from '../faces/labels.js';
import { importKind, type PlannedSample } from '../kind.js';
import { copied } from '../planned.js';
import type { SourceFile, Sources } from '../source.js';

/** The names of the image files begin so: turned upright by steps of 90 degrees, or aligned by landmarks. */
const ALIGNMENTS = ['coarse_tilt_aligned_face', 'landmark_aligned_face'] as const;

const settings = z.strictObject({
  age: z
    .enum(['groups', 'years'])
    .default('groups')
    .describe('`groups`: one of the 8 age groups; `years`: a number, the middle of the group'),
  images: z.enum(ALIGNMENTS).optional().describe('Which images are taken; the first of which there are any'),
  folds: z
    .record(z.string(), z.array(z.int().min(0).max(4)).min(1))
    .default({ train: [0, 1, 2], val: [3], test: [4] })
    .describe('Split to its folds; nobody is in two folds'),
});
type Settings = z.output<typeof settings>;

/** Adience: faces in photographs from Flickr, with age groups and gender. */
export const adience = importKind({
  title: 'Adience, faces with age groups and gender',
  expects:
    'the files `fold_0_data.txt` to `fold_4_data.txt` and the folder `faces` or `aligned`, with a folder for each user',
  writes: '`age` (8 groups, or years with `age=years`) and `gender` in a table; the folds become splits',
  settings,
  async plan(sources, chosen) {
    const folds = await facesOf(sources, chosen);
    const images = imagesOf(sources, chosen.images);
    const samples: PlannedSample[] = [];
    const [missing, unlabelled, between]: [string[], string[], string[]] = [[], [], []];
    for (const [split, faces] of folds) {
      for (const { key, ages, gender } of faces) {
        const age = ages && (chosen.age === 'years' ? (ages[0] + ages[1]) / 2 : groupOf(ages));
        if (ages && age === undefined) between.push(key);
        const image = images.get(key);
        if (age === undefined && gender === undefined) unlabelled.push(key);
        else if (!image) missing.push(key);
        else {
          const id = stemOf(key.replace('/', '_'));
          samples.push({ split, id, image: copied(image), labels: {}, cells: faceCells(age, gender) });
        }
      }
    }
    const groups = { age: { kind: 'classification' as const, classes: [...AGE_GROUPS] } };
    return {
      name: 'adience',
      labels: { ...AGE_AND_GENDER, ...(chosen.age === 'groups' && groups) },
      samples,
      skipped: [
        { why: 'listed, but there is no such image', names: missing, isFault: true },
        { why: 'faces without age and gender', names: unlabelled, isFault: false },
      ],
      notes:
        between.length > 0 ? [`${between.length} ages lie in no age group, and are unlabelled: ${between[0]} ...`] : [],
    };
  },
});

/** The faces of each split. @throws NddrError where a fold is missing, or belongs to two splits */
async function facesOf(sources: Sources, { folds }: Settings): Promise<Map<string, Face[]>> {
  const files = sources.byKey(/(?:^|\/)fold_(\d)_data\.txt$/i);
  if (files.size === 0) throw new NddrError(`${sources.shown}: this is no Adience; expected ${adience.expects}`);
  const all = Object.values(folds).flat();
  const twice = all.find((fold, i) => all.indexOf(fold) !== i);
  if (twice !== undefined) throw new NddrError(`settings of "adience": fold ${twice} is named twice; name each once`);
  const splits = new Map<string, Face[]>();
  for (const [split, numbers] of Object.entries(folds)) {
    const faces: Face[] = [];
    for (const number of numbers) {
      const file = files.get(String(number));
      if (!file)
        throw new NddrError(`${sources.shown}: there is no fold_${number}_data.txt; name it as a source as well`);
      faces.push(...(await readFold(file)));
    }
    splits.set(split, faces);
  }
  return splits;
}

/** The image files by `USER/ID.NAME`. */
function imagesOf(sources: Sources, wanted: Settings['images']): Map<string, SourceFile> {
  for (const alignment of wanted ? [wanted] : ALIGNMENTS) {
    const found = sources.byKey(
      new RegExp(`([^/]+)/${alignment}\\.(\\d+\\.[^/]+)$`),
      ([, user, name]) => `${user}/${name}`,
    );
    if (found.size > 0) return found;
  }
  throw new NddrError(`${sources.shown}: there is no image ${wanted ?? ALIGNMENTS.join('. or ')}.ID.NAME; ${EXPECTED}`);
}

const EXPECTED = 'expected the folder "faces" or "aligned" among the sources';
