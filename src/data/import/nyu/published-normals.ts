/** Normals of NYU v2 that others have computed: a PNG for each frame, and masks of the pixels that have one. */
import { NddrError } from '../../../errors.js';
import { withoutAlpha } from '../../label-file.js';
import { readMap } from '../planned.js';
import { type SourceFile, type Sources, shownPath } from '../source.js';
import { OFFICIAL_FRAMES } from './classes.js';

export interface PublishedNormals {
  /** The files of each frame, numbered from 1. */
  readonly files: ReadonlyMap<number, { readonly normals: SourceFile; readonly mask?: SourceFile }>;
  /** How they were numbered, for the report. */
  readonly notes: readonly string[];
}

const NUMBERED = String.raw`(\d{3,6})(?:_norm(?:al)?s?)?\.png$`;
const NORMALS = new RegExp(`^(?:(?!masks?/)[^/]+/)*${NUMBERED}`, 'i');
const MASKS = new RegExp(`(?:^|/)masks?/${NUMBERED}`, 'i');

/**
 * The numbered PNG files of the sources; those below a folder `masks` are masks.
 * @returns undefined where there are none
 * @throws NddrError where two files have one number, or it is not clear which number is the first
 */
export function findNormals(sources: Sources): PublishedNormals | undefined {
  const key = ([, digits]: RegExpExecArray) => String(Number(digits));
  const normals = sources.byKey(NORMALS, key);
  if (normals.size === 0) return undefined;
  const masks = sources.byKey(MASKS, key);
  const [first, firstMask] = [firstNumber(normals), masks.size > 0 ? firstNumber(masks) : undefined];
  const files = new Map(
    [...normals].map(([number, file]) => {
      const frame = Number(number) + 1 - first;
      const mask = firstMask === undefined ? undefined : masks.get(String(frame - 1 + firstMask));
      return [frame, { normals: file, ...(mask && { mask }) }];
    }),
  );
  const counted = `published normals of ${normals.size} frames, whose numbers begin at ${first}`;
  const masked = firstMask === undefined ? 'no masks' : `${masks.size} masks, whose numbers begin at ${firstMask}`;
  return { files, notes: [`${counted}; ${masked}`] };
}

/** 0 or 1, whichever the numbers of the files begin with; 1 where only a part of the frames is there. */
function firstNumber(files: ReadonlyMap<string, SourceFile>): 0 | 1 {
  const hasZero = files.get('0');
  const hasLast = files.get(String(OFFICIAL_FRAMES));
  if (hasZero && hasLast) {
    throw new NddrError(
      `${shownPath(hasZero)} and ${shownPath(hasLast)}: frames are numbered 0 to ${OFFICIAL_FRAMES - 1} or 1 to ` +
        `${OFFICIAL_FRAMES}; remove the file that does not belong`,
    );
  }
  return hasZero ? 0 : 1;
}

/** Colours of normals, black where there is none. */
export interface NormalMap {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * The colours of published normals; black where the mask is 0.
 * @throws NddrError where a file is no map of colours, or their sizes differ
 */
export async function readNormals(normals: SourceFile, mask: SourceFile | undefined): Promise<NormalMap> {
  const path = shownPath(normals);
  const { width, height, channels, data } = withoutAlpha(await readMap(normals), path);
  if (channels !== 3 || !(data instanceof Uint8Array)) {
    throw new NddrError(`${path}: has ${channels} channels, expected normals as an RGB PNG of 8 bits`);
  }
  if (!mask) return { width, height, data };
  const known = await readMap(mask);
  if (known.width !== width || known.height !== height) {
    throw new NddrError(
      `${shownPath(mask)}: is ${known.width}x${known.height}, and its normals are ${width}x${height}; they must be equal`,
    );
  }
  const masked = data.slice();
  for (let at = 0; at < width * height; at++) {
    if (known.data[at * known.channels] === 0) masked.fill(0, 3 * at, 3 * at + 3);
  }
  return { width, height, data: masked };
}
