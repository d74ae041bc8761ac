// Describes maps of surface normals, by what their files hold.
import { NddrError } from '../errors.js';
import { percent } from '../words.js';
import type { DescriptionInput } from './description.js';
import { isDirection } from './directions.js';
import { manyFaceAway } from './evidence.js';
import { guess } from './guess.js';
import type { LabelOptions } from './init-labels.js';
import type { LabelFile } from './label-file.js';
import { readLabelFile } from './read-label.js';

type Colour = readonly [number, number, number];

/** What files of normals hold. */
interface VectorCounts {
  pixels: number;
  /** Vectors whose z is negative, so that they face away from the viewer. */
  away: number;
  /** Pixels whose vector has no direction. */
  strange: number;
  /** Whether a file holds fractions instead of colours. */
  fractions: boolean;
  /** The colours of the strange pixels, each by its text; at most `MOST_COLOURS`. */
  readonly strangeColours: Map<string, { readonly colour: Colour; pixels: number }>;
}

const MOST_COLOURS = 100;

/** The description of normals: the axes, and which pixels are unlabelled. Guesses are noted with their reasons. */
export async function describeNormals(
  files: readonly string[],
  options: LabelOptions,
  notes: string[],
): Promise<DescriptionInput['labels'][string]> {
  const counts: VectorCounts = { pixels: 0, away: 0, strange: 0, fractions: false, strangeColours: new Map() };
  for (const path of files) countVectors(await readLabelFile(path), path, counts);
  const mark = singleMark(counts);
  const areMany = counts.strange > 0 && mark === undefined;
  if (counts.strange > 0) noteStrange(counts, mark, options, notes);
  if (!options.axes) noteAxes(counts, options, notes);
  return {
    kind: 'normals',
    ...(options.axes ? { axes: [...options.axes] } : { yAxis: options.yAxis ?? 'up' }),
    ...(mark && { unlabelled: [mark[0], mark[1], mark[2]] as [number, number, number] }),
    ...((areMany || options.others) && { others: 'unlabelled' as const }),
  };
}

function countVectors(file: LabelFile, path: string, counts: VectorCounts): void {
  const { data, channels } = file;
  if (channels < 3) throw new NddrError(`${path}: has ${channels} channels, expected three for normals`);
  counts.fractions ||= file.range === undefined;
  counts.pixels += file.width * file.height;
  for (let at = 0; at < data.length; at += channels) {
    const [x, y, z] = vectorAt(file, at);
    if (isDirection(Math.hypot(x, y, z))) counts.away += Number(z < 0);
    else countStrange([data[at], data[at + 1], data[at + 2]], counts);
  }
}

function countStrange(colour: Colour, counts: VectorCounts): void {
  counts.strange++;
  const known = counts.strangeColours.get(String(colour));
  if (known) known.pixels++;
  else if (counts.strangeColours.size < MOST_COLOURS) counts.strangeColours.set(String(colour), { colour, pixels: 1 });
}

const mostFrequent = ({ strangeColours }: VectorCounts) =>
  [...strangeColours.values()].sort((a, b) => b.pixels - a.pixels)[0];

/** The colour that all strange pixels share, which then means unlabelled. */
const singleMark = (counts: VectorCounts): Colour | undefined =>
  !counts.fractions && counts.strangeColours.size === 1 ? mostFrequent(counts).colour : undefined;

function noteStrange(counts: VectorCounts, mark: Colour | undefined, options: LabelOptions, notes: string[]): void {
  const { pixels, strange } = counts;
  const { colour } = mostFrequent(counts);
  if (mark) {
    const because = `it is no direction, and ${percent(strange, pixels)} of the pixels hold it`;
    guess(notes, `normals: the colour (${mark.join(', ')}) is unlabelled`, because);
  } else if (!options.others) {
    const because = `${percent(strange, pixels)} of the pixels hold such vectors, most of them (${colour.join(', ')})`;
    guess(notes, 'normals: vectors without a direction are unlabelled', because);
  }
}

function noteAxes({ pixels, away, strange }: VectorCounts, { yAxis }: LabelOptions, notes: string[]): void {
  const share = `${percent(away, pixels - strange)} of the vectors face away from the viewer that way`;
  const isDoubtful = away > 0 && manyFaceAway(away, pixels - strange);
  const warning = isDoubtful ? ', which no visible surface does: give --axes, such as x,-z,y' : '';
  const advice = yAxis ? '' : 'nothing tells where y points, so look at a preview; ';
  guess(notes, `normals: x to the right, y ${yAxis ?? 'up'}, z to the viewer`, `${advice}${share}${warning}`);
}

/** The vector of a pixel, in the axes of the file. */
const vectorAt = ({ data, range }: LabelFile, at: number): [number, number, number] =>
  range === undefined
    ? [data[at], data[at + 1], data[at + 2]]
    : [(2 * data[at]) / range - 1, (2 * data[at + 1]) / range - 1, (2 * data[at + 2]) / range - 1];
