import * as z from 'zod';
import { NddrError } from '../../../errors.js';
import type { DescriptionInput } from '../../description.js';
import { CAMVID_11, CAMVID_11_COLOURS, CAMVID_32 } from '../classes/camvid.js';
import { type ImportPlan, importKind, type PlannedSample } from '../kind.js';
import { copies, pairUp, placeIn } from '../pairs.js';
import type { Sources } from '../source.js';
import { splitByKey, splitSettings, splitUp } from '../splitting.js';

const settings = z.strictObject({
  classes: z
    .literal([11, 32])
    .default(11)
    .describe('Of the original form: the 11 classes of SegNet, or all 31 that are not void (`32`)'),
  ...splitSettings,
});

/** CamVid as SegNet uses it (`train`, `trainannot`, ...), or as published (`701_StillsRaw_full`, `LabeledApproved_full`). */
export const camvid = importKind({
  title: 'CamVid, as the SegNet tutorial has it, or as it was published',
  expects:
    'the folder with `train` and `trainannot`, `val` and `valannot`, `test` and `testannot` (or `train/image` and `train/label`); or ' +
    '`701_StillsRaw_full` and `LabeledApproved_full`',
  writes: '`segmentation` of 11 classes (31 with `classes=32`); `boundaries` derived from it',
  settings,
  async plan(sources, chosen) {
    const { samples, skipped } = ofSegNet(sources);
    return samples.length > 0 ? { ...planOf(samples, indexed()), skipped } : original(sources, chosen);
  },
});

const planOf = (samples: readonly PlannedSample[], segmentation: DescriptionInput['labels'][string]): ImportPlan => ({
  name: 'camvid',
  labels: { segmentation, boundaries: { kind: 'boundaries', from: 'segmentation' } },
  samples,
});

const indexed = () => ({
  kind: 'segmentation' as const,
  classes: [...CAMVID_11],
  colours: [...CAMVID_11_COLOURS],
  ignore: CAMVID_11.length,
  coding: 'indices' as const,
});

/** The samples of the layout with a folder for each split. */
function ofSegNet(sources: Sources) {
  const ending = '([^/]+)\\.(?:png|jpg)$';
  // Some copies of the tutorial name the files by their folders: `train/train_00001.png`, `trainannot/trainannot_00001.png`.
  const key = ([, split, id]: RegExpExecArray) => `${split}/${id.replace(/^(train|val|test)annot_/, '$1_')}`;
  const images = sources.byKey(new RegExp(`(?:^|/)(train|val|test)/(?:image/)?${ending}`, 'i'), key);
  const labels = sources.byKey(new RegExp(`(?:^|/)(train|val|test)(?:annot|/label)/${ending}`, 'i'), key);
  return pairUp({
    images: labels.size === 0 ? labels : images,
    labels: { segmentation: copies(labels) },
    placeOf(path) {
      const [split, id] = path.split('/');
      return { split, id };
    },
  });
}

/** The samples of the published layout: labels painted in colours. */
async function original(sources: Sources, { classes, ...choice }: z.output<typeof settings>): Promise<ImportPlan> {
  const labels = sources.byKey(/(?:^|\/)([^/]+)_L\.png$/i);
  const images = sources.byKey(/(?:^|\/)([^/]+)(?<!_L)\.(?:png|jpg)$/i);
  const labelled = new Map([...images].filter(([id]) => labels.has(id)));
  if (labelled.size === 0) throw new NddrError(`${sources.shown}: this is no CamVid; expected ${camvid.expects}`);
  const division = await splitUp(sources, labelled, choice);
  const splitOf = splitByKey(division);
  const pairs = pairUp({
    images: labelled,
    labels: { segmentation: copies(labels) },
    placeOf: (id) => placeIn(splitOf, id),
  });
  const unpaired = [...images.keys()].filter((id) => !labels.has(id));
  return {
    ...planOf(pairs.samples, painted(classes)),
    skipped: [
      ...division.skipped,
      ...pairs.skipped,
      // The videos have many frames that were never labelled.
      { why: 'images without a label', names: unpaired, isFault: false },
    ],
  };
}

function painted(classes: 11 | 32) {
  const key = ([red, green, blue]: readonly number[]) =>
    `#${[red, green, blue].map((value) => value.toString(16).padStart(2, '0')).join('')}`;
  const common = { kind: 'segmentation' as const, coding: 'colours' as const };
  if (classes === 32) {
    const named = CAMVID_32.filter(([, , group]) => group !== null);
    return {
      ...common,
      classes: named.map(([name]) => name),
      colours: named.map(([, colour]) => colour),
      map: { '#000000': null },
    };
  }
  return {
    ...common,
    classes: [...CAMVID_11],
    colours: [...CAMVID_11_COLOURS],
    map: Object.fromEntries(CAMVID_32.map(([, colour, group]) => [key(colour), group])),
  };
}
