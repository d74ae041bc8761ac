/** Which axes red, green and blue of published normals hold. */
import * as z from 'zod';
import { NddrError } from '../../errors.js';
import { percent, several } from '../../words.js';
import { isDirection } from '../directions.js';
import { manyFaceAway } from '../evidence.js';
import { guess } from '../guess.js';
import { AXES, type Axis } from '../label-kinds.js';
import { readMap } from './planned.js';
import type { SourceFile } from './source.js';

/** What red, green and blue hold. */
export type Axes = readonly Axis[];

/** The setting that says what red, green and blue hold. */
export const axesSetting = z.array(z.enum(AXES)).length(3);

/**
 * The axes that files of normals of NYU v2 are known to have. Those at cs.nyu.edu/~deigen/dnl, which the code of
 * NDDR-CNN names as its source, hold x, z, y: a public loader of them, which turns them into Taskonomy's axes, swaps green and
 * blue, then inverts green; Taskonomy's are x, -y, z. The frame of DrSleep/multi-task-refinenet holds x, -z, y.
 */
export const NYU_AXES: readonly Axes[] = [
  ['x', 'z', 'y'],
  ['x', '-z', 'y'],
  ['x', 'y', 'z'],
];

/** So many files are looked at. */
const FILES = 8;

/**
 * The first of the known axes by which the fewest vectors of a few files face away from the viewer, since no visible
 * surface does; and a note that says so. It depends on the files alone.
 */
export async function tellAxes(
  files: readonly SourceFile[],
  known: readonly Axes[],
  setting: string,
): Promise<{ readonly axes: Axes; readonly notes: readonly string[] }> {
  const step = Math.max(1, Math.floor(files.length / FILES));
  const some = files.filter((_, at) => at % step === 0).slice(0, FILES);
  const away = known.map(() => 0);
  let vectors = 0;
  for (const file of some) {
    const counts = await countNegative(file);
    vectors += counts.vectors;
    known.forEach((axes, k) => {
      const channel = axes.findIndex((axis) => axis.endsWith('z'));
      const { [channel]: negative } = counts.negative;
      away[k] += axes[channel].startsWith('-') ? counts.vectors - negative : negative;
    });
  }
  const best = away.indexOf(Math.min(...away));
  const notes: string[] = [];
  const doubt = vectors > 0 && manyFaceAway(away[best], vectors) ? ', which no visible surface does' : '';
  guess(
    notes,
    `normals: red, green and blue hold ${known[best].join(', ')}`,
    `${percent(away[best], vectors)} of the vectors of ${several(some.length, 'file')} face away from the viewer that ` +
      `way${doubt}; floors must be light green in a preview, else set "${setting}"`,
  );
  return { axes: known[best], notes };
}

/** How many vectors a file holds, and how many of them are negative in each channel; a damaged file holds none. */
async function countNegative(file: SourceFile): Promise<{ vectors: number; negative: [number, number, number] }> {
  const counts = { vectors: 0, negative: [0, 0, 0] as [number, number, number] };
  const map = await readMap(file).catch((error: unknown) => {
    // The sample of a damaged file is counted where it is written.
    if (error instanceof NddrError) return undefined;
    throw error;
  });
  if (map?.range === undefined || map.channels < 3) return counts;
  const { data, channels, range } = map;
  for (let at = 0; at < data.length; at += channels) {
    const vector = [0, 1, 2].map((k) => (2 * data[at + k]) / range - 1);
    if (!isDirection(Math.hypot(...vector))) continue;
    counts.vectors++;
    for (let k = 0; k < 3; k++) counts.negative[k] += Number(vector[k] < 0);
  }
  return counts;
}
