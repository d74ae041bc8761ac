import * as z from 'zod';
import { NddrError } from '../../../errors.js';
import { decodeText } from '../../../json.js';
import { ADE20K_150 } from '../classes/ade20k.js';
import { importKind } from '../kind.js';
import { copies, pairUp } from '../pairs.js';
import { readFile, type Sources, shownPath } from '../source.js';

const SPLITS: Readonly<Record<string, string>> = { training: 'train', train: 'train', validation: 'val', val: 'val' };

/** ADE20K's scene parsing challenge: `images` and `annotations`, in each `training` and `validation`. */
export const ade20k = importKind({
  title: 'ADE20K, scene parsing (150 classes)',
  expects: 'the folder or archive `ADEChallengeData2016`, with `images` and `annotations`',
  writes: '`segmentation` of 150 classes, named by `objectInfo150.txt` if it is there; `boundaries` derived from it',
  settings: z.strictObject({}),
  async plan(sources) {
    // The split is that of the folder, or that in the name of the file: ADE_val_00000001.
    const files = (folder: string, ending: string) =>
      sources.byKey(
        new RegExp(`(?:^|/)${folder}/(?:(training|validation)/)?(ADE_(train|val)_\\d+)\\.${ending}$`),
        ([, , id]) => id,
      );
    const images = files('images', 'jpg');
    const annotations = files('annotations', 'png');
    if (images.size === 0) throw new NddrError(`${sources.shown}: this is no ADE20K; expected ${ade20k.expects}`);
    const pairs = pairUp({
      images,
      labels: { segmentation: copies(annotations) },
      placeOf: (id) => ({ split: SPLITS[id.split('_')[1]], id }),
    });
    return {
      name: 'ade20k',
      labels: {
        segmentation: { kind: 'segmentation', classes: await namesOf(sources), first: 1, ignore: 0 },
        boundaries: { kind: 'boundaries', from: 'segmentation' },
      },
      ...pairs,
    };
  },
});

/** The names of the 150 classes; in `objectInfo150.txt` the fifth column has them. */
async function namesOf(sources: Sources): Promise<string[]> {
  const file = sources.find(/(?:^|\/)objectInfo150\.txt$/);
  if (!file) return [...ADE20K_150];
  const path = shownPath(file);
  const lines = decodeText(await readFile(file), path)
    .split(/\r\n|\r|\n/)
    .slice(1);
  const names = lines.map((line) => line.split('\t')[4]?.split(/[,;]/)[0].trim()).filter(Boolean);
  if (names.length === ADE20K_150.length && new Set(names).size === names.length) return names;
  throw new NddrError(
    `${path}: has ${names.length} names in its fifth column, ${new Set(names).size} of them different, expected ` +
      `${ADE20K_150.length}; remove the file to take the published names`,
  );
}
