import * as z from 'zod';
import { NddrError } from '../../../errors.js';
import { decodeText } from '../../../json.js';
import { VOC_CLASSES, VOC_VOID, vocColour } from '../classes/voc.js';
import { importKind } from '../kind.js';
import { copies, pairUp, placeIn } from '../pairs.js';
import { readFile, type SourceFile, type Sources, shownPath } from '../source.js';
import { splitByKey, splitSettings, splitUp } from '../splitting.js';

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
    const both = new Map([...images].filter(([id]) => labels.has(id)));
    if (both.size === 0)
      throw new NddrError(`${sources.shown}: this is not in the layout of VOC; expected ${voc.expects}`);
    const division = await splitUp(sources, both, chosen, officialLists(sources));
    const splitOf = splitByKey(division);
    const pairs = pairUp({
      images: both,
      labels: { segmentation: copies(labels) },
      placeOf: (id) => placeIn(splitOf, id),
    });
    const classes = await classesOf(sources);
    return {
      name: 'voc',
      labels: {
        segmentation: { kind: 'segmentation', classes, colours: classes.map((_, k) => vocColour(k)), ignore: VOC_VOID },
        boundaries: { kind: 'boundaries', from: 'segmentation' },
      },
      samples: pairs.samples,
      skipped: [...division.skipped, ...pairs.skipped],
    };
  },
});

/** The lists of VOC, where there are any: `train.txt` and `val.txt`. */
function officialLists(sources: Sources): Map<string, SourceFile> {
  const lists = new Map<string, SourceFile>();
  for (const split of ['train', 'val']) {
    const file = sources.find(new RegExp(`(?:^|/)ImageSets/Segmentation/${split}\\.txt$`));
    if (file) lists.set(split, file);
  }
  return lists;
}

/** The classes in `class_names.txt`, which labelme writes, or VOC's. */
async function classesOf(sources: Sources): Promise<string[]> {
  const file = sources.find(/(?:^|\/)class_names\.txt$/);
  if (!file) return [...VOC_CLASSES];
  const lines = decodeText(await readFile(file), shownPath(file)).split(/\r\n|\r|\n/);
  return lines.map((line) => line.trim()).filter((line) => line !== '' && line !== '__ignore__');
}
