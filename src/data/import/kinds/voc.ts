import { z } from 'zod';
import { NddrError } from '../../../errors.js';
import { decodeText } from '../../../json.js';
import { VOC_CLASSES, VOC_VOID, vocColour } from '../classes/voc.js';
import { importKind } from '../kind.js';
import { copies, pairUp } from '../pairs.js';
import { readFile, type SourceFile, type Sources, shownPath } from '../source.js';
import { byLists, linesOf, splitSettings, splitUp, stemOf } from '../splitting.js';

/** PASCAL VOC, and other sets in its layout: `JPEGImages`, `SegmentationClass`, `ImageSets/Segmentation`. */
export const voc = importKind({
  title: 'PASCAL VOC, and other sets in its layout',
  expects:
    'the folder or archive with `JPEGImages`, `SegmentationClass` and `ImageSets/Segmentation` (`VOCdevkit/VOC2012`), or with ' +
    '`class_names.txt` and no lists, as labelme writes it',
  writes: '`segmentation` (21 classes, or those of `class_names.txt`; 255 is void); `boundaries` derived from it',
  settings: z.strictObject({
    ...splitSettings,
    shares: splitSettings.shares.describe(
      'Split to its share of the images, drawn at random, where there are no lists',
    ),
  }),
  async plan(sources, chosen) {
    const images = sources.byKey(/(?:^|\/)JPEGImages\/([^/]+)\.jpe?g$/i);
    const labels = sources.byKey(/(?:^|\/)SegmentationClass(?:Aug|PNG)?\/([^/]+)\.png$/i);
    const both = [...images.keys()].filter((id) => labels.has(id));
    if (both.length === 0)
      throw new NddrError(`${sources.shown}: this is not in the layout of VOC; expected ${voc.expects}`);
    const official = chosen.lists ? new Map<string, string[]>() : await officialLists(sources);
    const { splits, skipped } = official.size > 0 ? byLists(both, official) : await splitUp(sources, both, chosen);
    const splitOf = new Map([...splits].flatMap(([split, ids]) => ids.map((id) => [id, split] as const)));
    const pairs = pairUp({
      images,
      labels: { segmentation: copies(labels) },
      placeOf: (id) => (splitOf.has(id) ? { split: splitOf.get(id) as string, id } : undefined),
    });
    const classes = await classesOf(sources);
    return {
      name: 'voc',
      labels: {
        segmentation: { kind: 'segmentation', classes, colours: classes.map((_, k) => vocColour(k)), ignore: VOC_VOID },
        boundaries: { kind: 'boundaries', from: 'segmentation' },
      },
      samples: pairs.samples,
      skipped: [...skipped, ...pairs.skipped],
    };
  },
});

/** The lists of VOC, where there are any: `train.txt` and `val.txt`. */
async function officialLists(sources: Sources): Promise<Map<string, string[]>> {
  const lists = new Map<string, string[]>();
  for (const split of ['train', 'val', 'test']) {
    const file = sources.find(new RegExp(`(?:^|/)ImageSets/Segmentation/${split}\\.txt$`));
    if (file)
      lists.set(
        split,
        (await linesOf(file)).map(([name]) => stemOf(name)),
      );
  }
  return lists;
}

/** The classes in `class_names.txt`, which labelme writes, or VOC's. */
async function classesOf(sources: Sources): Promise<string[]> {
  const file: SourceFile | undefined = sources.find(/(?:^|\/)class_names\.txt$/);
  if (!file) return [...VOC_CLASSES];
  const lines = decodeText(await readFile(file), shownPath(file)).split(/\r\n|\r|\n/);
  return lines.map((line) => line.trim()).filter((line) => line !== '' && line !== '__ignore__');
}
