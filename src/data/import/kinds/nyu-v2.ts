import { z } from 'zod';
import { NddrError } from '../../../errors.js';
import { someOf } from '../../../words.js';
import type { DescriptionInput } from '../../description.js';
import { encodeGreyPng, encodePng } from '../../image.js';
import { type Camera, normalColours } from '../depth-normals.js';
import { type ImportPlan, importKind, type PlannedFile, type PlannedSample } from '../kind.js';
import { type Axes, axesSetting, NYU_AXES, tellAxes } from '../normal-axes.js';
import { type NyuArchive, openNyu } from '../nyu/archive.js';
import { CLASSES, classTable, OFFICIAL_FRAMES, splitOf } from '../nyu/classes.js';
import { findNormals, type PublishedNormals, readNormals } from '../nyu/published-normals.js';
import { type Cropped, cropped, FRAME_INSIDE, WHOLE } from '../nyu/window.js';
import { millimetrePng } from '../planned.js';
import { type SourceFile, type Sources, shownPath } from '../source.js';

const settings = z.strictObject({
  classes: z
    .union([z.literal(40), z.literal(13)])
    .default(40)
    .describe('To how many classes the 894 are joined'),
  depth: z
    .enum(['filled', 'raw'])
    .default('filled')
    .describe('`filled`: without holes, as the archive completes it; `raw`: as it was measured, unknown in its holes'),
  normals: z
    .enum(['published', 'computed', 'none'])
    .optional()
    .describe('`published`: from the PNG files among the sources; `computed` from depth. The first if there are any'),
  normalAxes: axesSetting
    .optional()
    .describe(
      'What red, green and blue of published normals hold: x to the right, y up, z to the viewer; told from the files',
    ),
  crop: z.boolean().default(false).describe('Cuts off the white border: rows 45 to 470 and columns 41 to 600 remain'),
});
type Settings = z.output<typeof settings>;

/**
 * The camera of the colour images, to which the depth is projected (`camera_params.m` of the archive's toolbox), with
 * pixels from 0; MATLAB counts them from 1.
 */
const CAMERA: Camera = { fx: 518.857901, fy: 519.469611, cx: 324.582449, cy: 252.736166 };

/** NYU Depth v2 from its official archive, a MATLAB 7.3 file of 2.8 GB that is read frame by frame. */
export const nyuV2 = importKind({
  title: 'NYU Depth v2, the 1449 labelled frames',
  expects:
    '`nyu_depth_v2_labeled.mat` as published; if you have them, also published normals: a folder or zip archive of PNG ' +
    'files named by the number of the frame (`00001.png`, or `0000.png` where numbers begin at 0), and masks in a folder ' +
    '`masks`',
  writes:
    '`segmentation` of 40 classes (13 with `classes=13`); `depth` in millimetres; `normals`, published or computed from ' +
    'depth; `boundaries` derived from the segmentation; the official splits `train` (795) and `test` (654)',
  settings,
  async plan(sources, chosen) {
    const archive = await openNyu(archiveOf(sources));
    try {
      return await planOf(sources, archive, chosen);
    } catch (error) {
      await archive.close();
      throw error;
    }
  },
});

/** The path of the archive. @throws NddrError where there is none, or it lies in another archive */
function archiveOf(sources: Sources): string {
  const named = sources.matching(/(^|\/)nyu_depth_v2_labeled[^/]*\.mat$/i);
  const found = named.length > 0 ? named : sources.matching(/\.mat$/i);
  const [first, second] = found;
  if (!first) throw new NddrError(`${sources.shown}: this is no NYU v2; expected ${nyuV2.expects}`);
  if (second) {
    throw new NddrError(`${shownPath(first)} and ${shownPath(second)}: expected one archive; name only this file`);
  }
  const path = first.source.pathOf(first.name);
  if (path === undefined) {
    throw new NddrError(`${shownPath(first)}: unpack the archive first; a file of this size is read in parts`);
  }
  return path;
}

async function planOf(sources: Sources, archive: NyuArchive, chosen: Settings): Promise<ImportPlan> {
  const published = findNormals(sources);
  const normals = chosen.normals ?? (published ? 'published' : 'computed');
  if (normals === 'published' && !published) {
    throw new NddrError(`${sources.shown}: there are no published normals; expected ${nyuV2.expects}`);
  }
  if (chosen.depth === 'raw' && !archive.hasRawDepth) {
    throw new NddrError(`${archive.path}: has no "rawDepths"; choose --set depth=filled`);
  }
  const { table, unknown } = classTable(archive.names, chosen.classes);
  const taken = normals === 'published' ? published : undefined;
  const told = taken && !chosen.normalAxes ? await tellAxes(normalFiles(taken), NYU_AXES, 'normalAxes') : undefined;
  const frames = Array.from({ length: archive.frames }, (_, index) => index);
  const lacking = taken ? frames.filter((index) => !taken.files.has(index + 1)) : [];
  return {
    name: 'nyu-v2',
    labels: labelsOf(chosen, normals, chosen.normalAxes ?? told?.axes),
    samples: frames.map((index) => sampleOf({ archive, index, table, chosen, normals, published: taken })),
    skipped: [
      {
        why: 'frames without published normals, which have their other labels',
        names: lacking.map(idOf),
        isFault: false,
      },
    ],
    notes: [...notesOf(archive, unknown), ...(taken?.notes ?? []), ...(told?.notes ?? [])],
    close: () => archive.close(),
  };
}

function notesOf({ path, frames, names }: NyuArchive, unknown: readonly string[]): string[] {
  const notes: string[] = [];
  if (frames !== OFFICIAL_FRAMES) {
    notes.push(
      `${path}: holds ${frames} frames, and the official archive ${OFFICIAL_FRAMES}; each is in the split that the ` +
        'official frame of its number is in',
    );
  }
  if (unknown.length > 0) {
    const means = unknown.length < names.length ? 'are taken by their index, or unlabelled' : 'are unknown';
    notes.push(`${path}: ${unknown.length} of ${names.length} names of classes ${means}: ${someOf(unknown)}`);
  }
  return notes;
}

const normalFiles = ({ files }: PublishedNormals): SourceFile[] => [...files.values()].map(({ normals }) => normals);

function labelsOf({ classes }: Settings, normals: Settings['normals'], axes: Axes = []): DescriptionInput['labels'] {
  return {
    segmentation: { kind: 'segmentation', classes: [...CLASSES[classes]], ignore: 255 },
    depth: { kind: 'depth', metresPerValue: 0.001 },
    ...(normals === 'published' && { normals: { kind: 'normals', axes: [...axes], others: 'unlabelled' } }),
    ...(normals === 'computed' && { normals: { kind: 'normals', yAxis: 'up', unlabelled: [0, 0, 0] } }),
    boundaries: { kind: 'boundaries', from: 'segmentation' },
  };
}

interface Frame {
  readonly archive: NyuArchive;
  readonly index: number;
  readonly table: Uint8Array;
  readonly chosen: Settings;
  readonly normals: Settings['normals'];
  readonly published: PublishedNormals | undefined;
}

/** The name of the files of a frame: its number from 1, as published normals and other programs name it. */
const idOf = (index: number): string => String(index + 1).padStart(4, '0');

function sampleOf(frame: Frame): PlannedSample {
  const { archive, index, table, chosen, normals, published } = frame;
  const { width, height } = archive;
  const inside = chosen.crop ? FRAME_INSIDE : WHOLE;
  const from = `${archive.path}, frame ${index + 1}`;
  const png = (bytes: PlannedFile['bytes'], source = from): PlannedFile => ({ from: source, extension: '.png', bytes });
  const cut = (data: Cropped['data'], channels = 1) => cropped({ width, height, channels, data }, inside, from);
  const files = published?.files.get(index + 1);
  return {
    split: splitOf(index + 1),
    id: idOf(index),
    image: png(async () => colourPng(cut(await archive.frame('images', index), 3))),
    labels: {
      segmentation: png(async () => {
        const indices = await archive.frame('labels', index);
        return encodeGreyPng(bytesOf(cut(classesOf(indices, table, from))));
      }),
      depth: png(async () => {
        const map = cut(await archive.frame(chosen.depth === 'raw' ? 'rawDepths' : 'depths', index));
        return millimetrePng(map.width, map.height, map.data);
      }),
      ...(normals === 'computed' && {
        normals: png(async () => {
          const metres = await archive.frame(archive.hasRawDepth ? 'rawDepths' : 'depths', index);
          return colourPng(cut(normalColours({ width, height, data: Float32Array.from(metres) }, CAMERA), 3));
        }),
      }),
      ...(files && {
        normals: png(() => publishedPng(files.normals, files.mask, chosen.crop), shownPath(files.normals)),
      }),
    },
  };
}

/** @throws NddrError where an index has no name */
function classesOf(indices: ArrayLike<number>, table: Uint8Array, where: string): Uint8Array {
  const classes = new Uint8Array(indices.length);
  for (let at = 0; at < classes.length; at++) {
    if (indices[at] >= table.length) {
      throw new NddrError(`${where}: holds the class ${indices[at]}, and there are ${table.length - 1} names`);
    }
    classes[at] = table[indices[at]];
  }
  return classes;
}

async function publishedPng(normals: SourceFile, mask: SourceFile | undefined, crop: boolean): Promise<Uint8Array> {
  const map = await readNormals(normals, mask);
  return colourPng(cropped({ ...map, channels: 3 }, crop ? FRAME_INSIDE : WHOLE, shownPath(normals)));
}

const bytesOf = ({ width, height, data }: Cropped) => ({ width, height, data: Uint8Array.from(data) });
const colourPng = (map: Cropped): Promise<Uint8Array> => encodePng(bytesOf(map));
