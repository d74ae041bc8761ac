import * as z from 'zod';
import { NddrError } from '../../../errors.js';
import { decodeText, isObject, parseJson } from '../../../json.js';
import { encodeGreyPng } from '../../image.js';
import { oneChannel } from '../../label-file.js';
import { CITYSCAPES_7, CITYSCAPES_19, CITYSCAPES_IDS } from '../classes/cityscapes.js';
import { importKind, type PlannedFile } from '../kind.js';
import { copies, pairUp } from '../pairs.js';
import { readMap } from '../planned.js';
import { readFile, type SourceFile, shownPath } from '../source.js';

const SPLITS = ['train', 'val', 'test'] as const;

/** Metres of one unit of the depth that is written: up to 256 m in 16 bits. Millimetres would end at 65 m. */
const METRES_PER_VALUE = 1 / 256;

const settings = z.strictObject({
  classes: z.literal([19, 7]).default(19).describe('The classes that are judged, or their categories'),
  splits: z
    .array(z.enum(SPLITS))
    .min(1)
    .default(['train', 'val'])
    .describe('The splits to import; the labels of `test` are not published, so it gets images only'),
  maximum: z.number().positive().default(250).describe('Metres; depth beyond is unlabelled'),
});

/** Cityscapes: `leftImg8bit`, `gtFine`, `disparity` and `camera`, as they come out of the published archives. */
export const cityscapes = importKind({
  title: 'Cityscapes',
  expects: '`leftImg8bit`, and `gtFine`, `disparity` with `camera`, or both: one folder, or the published archives',
  writes:
    '`segmentation` of 19 classes (7 with `classes=7`); `depth` from disparity and camera, in 1/256 m; `boundaries` derived ' +
    'from the classes',
  settings,
  async plan(sources, { classes, splits, maximum }) {
    const key = ([, split, id]: RegExpExecArray) => `${split}/${id}`;
    const files = (folder: string, ending: string) =>
      sources.byKey(new RegExp(`(?:^|/)${folder}[^/]*/(${splits.join('|')})/[^/]+/([^/]+)_${ending}$`), key);
    const images = files('leftImg8bit', 'leftImg8bit\\.(?:png|jpg)');
    const ids = files('gtFine', 'gtFine_labelIds\\.png');
    const disparities = files('disparity', 'disparity\\.png');
    const cameras = files('camera', 'camera\\.json');
    if (images.size === 0)
      throw new NddrError(`${sources.shown}: this is no Cityscapes; expected ${cityscapes.expects}`);
    const unlabelled = new Map([...ids].filter(([name]) => !name.startsWith('test/')));
    const depth = new Map<string, PlannedFile>();
    const withoutCamera: string[] = [];
    for (const [name, disparity] of disparities) {
      const camera = cameras.get(name);
      if (camera) depth.set(name, depthFrom(disparity, camera));
      else withoutCamera.push(name);
    }
    const pairs = pairUp({
      images,
      labels: { segmentation: copies(unlabelled), depth },
      placeOf: (name) => ({ split: name.slice(0, name.indexOf('/')), id: name.slice(name.indexOf('/') + 1) }),
      keepUnlabelled: splits.includes('test'),
    });
    return {
      name: 'cityscapes',
      labels: {
        ...(unlabelled.size > 0 && {
          segmentation: segmentationOf(classes),
          boundaries: { kind: 'boundaries', from: 'segmentation' },
        }),
        ...(depth.size > 0 && { depth: { kind: 'depth', metresPerValue: METRES_PER_VALUE, maximum } }),
      },
      samples: pairs.samples,
      skipped: [...pairs.skipped, { why: 'disparity maps without a camera file', names: withoutCamera, isFault: true }],
    };
  },
});

function segmentationOf(classes: 19 | 7) {
  const column = classes === 19 ? 1 : 2;
  // A category has the colour of its first class.
  const named = new Map([...CITYSCAPES_19].reverse().map((row) => [row[column], row[3]]));
  const judged = new Map(CITYSCAPES_19.map((row) => [row[0], row[column]]));
  const names = classes === 19 ? CITYSCAPES_19.map(([, name]) => name) : [...CITYSCAPES_7];
  return {
    kind: 'segmentation' as const,
    classes: names,
    colours: names.map((name) => named.get(name) ?? ([0, 0, 0] as const)),
    coding: 'indices' as const,
    map: Object.fromEntries(CITYSCAPES_IDS.map((id) => [String(id), judged.get(id) ?? null])),
  };
}

/**
 * Depth from disparity: a value p of 16 bits is 0 where unknown, else the disparity is (p - 1) / 256 pixels, and the
 * depth baseline x fx / disparity.
 */
const depthFrom = (disparity: SourceFile, camera: SourceFile): PlannedFile => ({
  from: shownPath(disparity),
  extension: '.png',
  async bytes() {
    const { width, height, data } = oneChannel(await readMap(disparity), shownPath(disparity));
    const product = await baselineTimesFocal(camera);
    const units = new Uint16Array(width * height);
    for (let at = 0; at < units.length; at++) {
      const pixels = (data[at] - 1) / 256;
      const value = pixels > 0 ? Math.round(product / pixels / METRES_PER_VALUE) : 0;
      units[at] = value <= 65535 ? value : 0;
    }
    return encodeGreyPng({ width, height, data: units });
  },
});

/** The baseline of the two cameras in metres times the focal length in pixels. */
async function baselineTimesFocal(camera: SourceFile): Promise<number> {
  const path = shownPath(camera);
  const value = parseJson(decodeText(await readFile(camera), path), path);
  const part = (key: string, inner: string) => {
    const holder = isObject(value) ? value[key] : undefined;
    const number = isObject(holder) ? holder[inner] : undefined;
    if (typeof number === 'number' && number > 0) return number;
    throw new NddrError(`${path}: "${key}.${inner}" is ${JSON.stringify(number)}, expected a number above 0`);
  };
  return part('extrinsic', 'baseline') * part('intrinsic', 'fx');
}
