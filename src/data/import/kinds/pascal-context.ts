import * as z from 'zod';
import { NddrError } from '../../../errors.js';
import { elementsOf } from '../../../npy.js';
import { boundariesOf } from '../../boundaries.js';
import { encodeGreyPng, encodePng } from '../../image.js';
import { expectKind, parseMatlab } from '../../matlab/read.js';
import { CLASSES_WITH_NORMALS, HUMAN_PARTS, PART_INDEX, PERSON } from '../classes/pascal-context.js';
import { VOC_CLASSES, VOC_VOID, vocColour } from '../classes/voc.js';
import { importKind, type PlannedFile } from '../kind.js';
import { axesSetting } from '../normal-axes.js';
import { copies, pairUp, placeIn } from '../pairs.js';
import { LIMITS, readMap } from '../planned.js';
import { readFile, type SourceFile, type Sources, shownPath } from '../source.js';
import { splitByKey, splitSettings, splitUp } from '../splitting.js';

const UNLABELLED = 255;

const settings = z.strictObject({
  axes: axesSetting
    .default(['x', 'y', 'z'])
    .describe('What red, green and blue of the normals hold: x to the right, y up, z to the viewer'),
  ...splitSettings,
});

/** PASCAL-Context in the layout `PASCAL_MT`: classes, human parts, normals, saliency and boundaries of one image. */
export const pascalContext = importKind({
  title: 'PASCAL-Context in the multi-task layout (`PASCAL_MT`)',
  expects:
    'the folder or archive `PASCAL_MT`, with `JPEGImages`, `ImageSets/Context`, `semseg`, `human_parts`, `normals_distill`, ' +
    '`sal_distill` and `pascal-context/trainval`',
  writes:
    '`segmentation` (21 classes), `parts` (6 of people, unlabelled where there is no person), `normals` (on the classes that ' +
    'NYU v2 has), `saliency`, `boundaries` of the 459 classes',
  settings,
  async plan(sources, { axes, ...choice }) {
    const images = sources.byKey(/(?:^|\/)JPEGImages\/([^/]+)\.jpg$/);
    if (images.size === 0)
      throw new NddrError(`${sources.shown}: this is no PASCAL_MT; expected ${pascalContext.expects}`);
    const context = sources.byKey(/(?:^|\/)pascal-context\/trainval\/([^/]+)\.mat$/);
    const parts = sources.byKey(/(?:^|\/)human_parts\/([^/]+)\.mat$/);
    const distilled = sources.byKey(/(?:^|\/)normals_distill\/([^/]+)\.png$/);
    const made = (files: ReadonlyMap<string, SourceFile>, make: (file: SourceFile, key: string) => PlannedFile) =>
      new Map([...files].map(([key, file]) => [key, make(file, key)]));
    const normals = new Map([...distilled].filter(([key]) => context.has(key)));
    const labels = {
      segmentation: copies(
        new Map([
          ...sources.byKey(/(?:^|\/)semseg\/pascal-context\/([^/]+)\.png$/),
          ...sources.byKey(/(?:^|\/)semseg\/VOC12\/([^/]+)\.png$/),
        ]),
      ),
      parts: made(parts, partsFrom),
      normals: made(normals, (file, key) => normalsFrom(file, context.get(key) as SourceFile)),
      saliency: copies(sources.byKey(/(?:^|\/)sal_distill\/([^/]+)\.png$/)),
      boundaries: made(context, boundariesFrom),
    };
    const lists = officialLists(sources);
    const labelled = new Map([...images].filter(([key]) => lists.size > 0 || labels.segmentation.has(key)));
    const division = await splitUp(sources, labelled, choice, lists);
    const splitOf = splitByKey(division);
    // Many of VOC's images have labels and are in no list.
    const inSplits = Object.entries(labels).map(([name, files]) => [
      name,
      new Map([...files].filter(([key]) => splitOf.has(key))),
    ]);
    const pairs = pairUp({
      images,
      labels: Object.fromEntries(inSplits) as Record<string, Map<string, PlannedFile>>,
      placeOf: (id) => placeIn(splitOf, id),
    });
    const described = {
      segmentation: {
        kind: 'segmentation' as const,
        classes: [...VOC_CLASSES],
        colours: VOC_CLASSES.map((_, k) => vocColour(k)),
        ignore: VOC_VOID,
        resize: true,
      },
      parts: { kind: 'parts' as const, classes: [...HUMAN_PARTS], ignore: UNLABELLED, resize: true },
      normals: { kind: 'normals' as const, axes, others: 'unlabelled' as const, resize: true },
      saliency: { kind: 'saliency' as const, resize: true },
      boundaries: { kind: 'boundaries' as const, resize: true },
    };
    return {
      name: 'pascal-context',
      labels: Object.fromEntries(
        Object.entries(described).filter(([name]) => labels[name as keyof typeof labels].size > 0),
      ),
      samples: pairs.samples,
      skipped: [...division.skipped, ...pairs.skipped],
    };
  },
});

function officialLists(sources: Sources): Map<string, SourceFile> {
  const lists = new Map<string, SourceFile>();
  for (const split of ['train', 'val']) {
    const file = sources.find(new RegExp(`(?:^|/)ImageSets/Context/${split}\\.txt$`));
    if (file) lists.set(split, file);
  }
  return lists;
}

/** A map of whole numbers, row by row. */
interface NumberMap {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

/** The numbers of a MATLAB matrix row by row; MATLAB stores them column by column. @throws NddrError for other arrays */
function rowsOf(dims: readonly number[], data: ArrayLike<number>, where: string): NumberMap {
  const [height, width, ...more] = dims;
  if (more.length > 0 || width * height > LIMITS.megapixels * 1e6 || width * height !== data.length)
    throw new NddrError(
      `${where}: is an array of ${dims.join(' x ')}, expected a map of at most ${LIMITS.megapixels} megapixels`,
    );
  const rows = new Float64Array(width * height);
  for (let y = 0, at = 0; y < height; y++) for (let x = 0; x < width; x++) rows[at++] = data[x * height + y];
  return { width, height, data: rows };
}

/** `LabelMap` of a file of PASCAL-Context: a class of 459 for each pixel. */
async function labelMapOf(file: SourceFile): Promise<NumberMap> {
  const path = shownPath(file);
  const { dims, data } = expectKind(
    parseMatlab(await readFile(file), path).get('LabelMap'),
    'numbers',
    'LabelMap',
    path,
  );
  return rowsOf(dims, data, `${path}, LabelMap`);
}

/** Lines along the borders of the 459 classes, one pixel on each side. */
const boundariesFrom = (file: SourceFile): PlannedFile => ({
  from: shownPath(file),
  extension: '.png',
  async bytes() {
    const { width, height, data } = await labelMapOf(file);
    // An image shows few of the 459 classes: their places in order of appearance fit into bytes.
    const places = new Map<number, number>();
    const classes = Uint8Array.from({ length: data.length }, (_, at) => {
      const place = places.get(data[at]) ?? places.size;
      places.set(data[at], place);
      return place;
    });
    if (places.size > UNLABELLED)
      throw new NddrError(`${shownPath(file)}: holds ${places.size} classes, expected at most 254 in an image`);
    const lines = boundariesOf({ channels: 1, width, height, data: classes }, 2);
    return encodeGreyPng({ width, height, data: lines.data as Uint8Array });
  },
});

/** The parts of all people of an image; unlabelled everywhere where no person has parts. */
const partsFrom = (file: SourceFile): PlannedFile => ({
  from: shownPath(file),
  extension: '.png',
  async bytes() {
    const path = shownPath(file);
    const annotation = expectKind(parseMatlab(await readFile(file), path).get('anno'), 'struct', 'anno', path);
    const objects = expectKind(annotation.get('objects'), 'struct', 'anno.objects', path);
    let map: { width: number; height: number; data: Uint8Array } | undefined;
    for (let k = 0; k < elementsOf(objects.dims); k++) {
      const mask = expectKind(objects.get('mask', k), 'numbers', 'mask', path);
      const { width, height } = rowsOf(mask.dims, mask.data, `${path}, mask`);
      map ??= { width, height, data: new Uint8Array(width * height).fill(UNLABELLED) };
      const kind = expectKind(objects.get('class_ind', k), 'numbers', 'class_ind', path).data[0];
      const parts = objects.get('parts', k);
      if (kind !== PERSON || parts?.kind !== 'struct' || elementsOf(parts.dims) === 0) continue;
      if (map.data.every((value) => value === UNLABELLED)) map.data.fill(0);
      for (let p = 0; p < elementsOf(parts.dims); p++) {
        const name = parts.get('part_name', p);
        const index = name?.kind === 'text' ? PART_INDEX.get(name.text) : undefined;
        if (index === undefined)
          throw new NddrError(`${path}: has the part ${JSON.stringify(name)} of a person, which is not known`);
        const part = expectKind(parts.get('mask', p), 'numbers', 'parts.mask', path);
        const { data, ...size } = rowsOf(part.dims, part.data, `${path}, parts.mask`);
        if (size.width !== map.width || size.height !== map.height)
          throw new NddrError(`${path}: has masks of different sizes`);
        for (let at = 0; at < map.data.length; at++) if (data[at] > 0) map.data[at] = index;
      }
    }
    if (!map) throw new NddrError(`${path}: holds no object, so the size of the image is not known`);
    return encodeGreyPng(map);
  },
});

/** The distilled normals, black where the class has none. */
const normalsFrom = (file: SourceFile, context: SourceFile): PlannedFile => ({
  from: shownPath(file),
  extension: '.png',
  async bytes() {
    const { width, height, channels, data } = await readMap(file);
    const classes = await labelMapOf(context);
    if (channels !== 3 || !(data instanceof Uint8Array))
      throw new NddrError(`${shownPath(file)}: has ${channels} channels, expected an RGB PNG of 8 bits`);
    if (classes.width !== width || classes.height !== height)
      throw new NddrError(
        `${shownPath(file)}: is ${width}x${height}, and ${shownPath(context)} ${classes.width}x${classes.height}`,
      );
    for (let at = 0; at < width * height; at++) {
      if (!CLASSES_WITH_NORMALS.has(classes.data[at])) data.fill(0, 3 * at, 3 * at + 3);
    }
    return encodePng({ width, height, data });
  },
});
