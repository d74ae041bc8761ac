// Describes labels that are maps, by what their files hold.
import { NddrError } from '../errors.js';
import { percent } from '../words.js';
import { type DescriptionInput, type MapLabel, oneOrList, usualThreshold } from './description.js';
import { betweenOf, endMark, holdingOf, likelyUnit, listCounts, pixelsOf, readingsOf } from './evidence.js';
import { guess } from './guess.js';
import { type ClassOptions, describeClasses } from './init-classes.js';
import { describeNormals } from './init-normals.js';
import type { Axis } from './label-kinds.js';
import { readLabelFile } from './read-label.js';
import { Survey } from './survey.js';

/** What the user says of the labels; the rest is guessed from the files. */
export interface LabelOptions extends ClassOptions {
  readonly metresPerValue?: number;
  readonly invalid?: readonly number[];
  readonly maximum?: number;
  readonly threshold?: number;
  readonly yAxis?: 'up' | 'down';
  readonly axes?: readonly Axis[];
}

type Described = DescriptionInput['labels'][string];

/**
 * The description of a label that is a map of pixels.
 * @param files those that are read to learn their values
 * @param notes receives the guesses, each with its reason
 * @throws NddrError where a file cannot be read, or the values may mean several things
 */
export async function describeLabel(
  kind: MapLabel['kind'],
  files: readonly string[],
  options: LabelOptions,
  notes: string[],
): Promise<Described> {
  if (kind === 'normals') return describeNormals(files, options, notes);
  const survey = new Survey();
  for (const path of files) survey.add(await readLabelFile(path));
  if (kind === 'segmentation' || kind === 'parts') return describeClasses(kind, survey, options, notes);
  if (survey.colours.size > 0) {
    throw new NddrError(`${kind}: the files hold colours, expected one value a pixel, such as a grey PNG`);
  }
  if (kind === 'depth') return describeDepth(survey, options, notes);
  return describeYesNo(kind, survey, options, notes);
}

function describeDepth(survey: Survey, options: LabelOptions, notes: string[]): Described {
  const mark = options.invalid === undefined ? endMark(survey) : undefined;
  const invalid = options.invalid ?? (mark === undefined ? [] : [mark]);
  const range = rangeOf(survey, invalid);
  if (mark !== undefined) {
    const share = percent(survey.values.get(mark)?.pixels ?? 0, survey.pixels);
    guess(notes, `depth: ${mark} is no depth`, `${share} of the pixels hold it, the next below is ${range.most}`);
  }
  const metresPerValue = unitOf(survey, range, options, notes);
  const negative = pixelsOf([...survey.values].filter(([value]) => value < 0 && !invalid.includes(value)));
  const strange = survey.notFinite + negative;
  if (strange > 0 && !options.others) {
    guess(notes, 'depth: NaN, infinite and negative values are unlabelled', `${strange} pixels hold such values`);
  }
  return {
    kind: 'depth',
    metresPerValue,
    ...(invalid.length > 0 && { invalid: oneOrList(invalid) }),
    ...(options.maximum !== undefined && { maximum: options.maximum }),
    ...((options.others || strange > 0) && { others: 'unlabelled' as const }),
  };
}

interface Range {
  readonly least: number;
  readonly most: number;
}

/** The smallest and largest value above 0 that is a depth. @throws NddrError where no pixel holds one */
function rangeOf({ values, least, most }: Survey, invalid: readonly number[]): Range {
  const depths = ascending([...values.keys()].filter((value) => value > 0 && !invalid.includes(value)));
  // Fractions are not listed among the values, but count for the least and the most.
  const range = {
    least: Math.min(least > 0 ? least : Number.POSITIVE_INFINITY, ...depths.slice(0, 1)),
    most: invalid.includes(most) ? (depths.at(-1) ?? 0) : most,
  };
  if (range.most > 0) return range;
  throw new NddrError('depth: no pixel of the files holds a depth; give other files with --depth');
}

/** Metres of one unit of the files. @throws NddrError where neither the options nor the range tell it */
function unitOf(survey: Survey, { least, most }: Range, options: LabelOptions, notes: string[]): number {
  const [from, to] = [least, most].map((value) => Number(value.toPrecision(4)));
  const holding = holdingOf(survey.files, `${from} to ${to}`);
  const given = options.metresPerValue;
  if (given !== undefined) {
    notes.push(`depth: ${holding}, which is ${least * given} to ${most * given} m`);
    return given;
  }
  const unit = likelyUnit(survey, most);
  if (unit === undefined) {
    throw new NddrError(
      `depth: ${holding}, which does not tell the unit: ${readingsOf(least, most)}. Give it, such as ` +
        '--metres-per-value 0.001',
    );
  }
  guess(notes, `depth: ${unit} metres a value`, `${holding}: ${readingsOf(least, most)}`);
  return unit;
}

const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

/** The description of a map whose pixels say yes or no: a threshold, and what is unlabelled. */
function describeYesNo(
  kind: 'boundaries' | 'saliency',
  survey: Survey,
  { threshold, ignore = [] }: LabelOptions,
  notes: string[],
): Described {
  const described = (least: number, unlabelled: readonly number[]): Described => ({
    kind,
    ...(least !== usualThreshold(kind) && { threshold: least }),
    ...(unlabelled.length > 0 && { ignore: oneOrList(unlabelled) }),
  });
  if (threshold !== undefined) return described(threshold, ignore);
  const { values, files } = survey;
  const holding = holdingOf(files, listCounts(new Map([...values].sort(([a], [b]) => a - b))));
  const isZeroOneAndMark = values.size === 3 && [0, 1, 255].every((value) => values.has(value));
  if (isZeroOneAndMark && ignore.length === 0) {
    guess(notes, `${kind}: 1 is yes and 255 is unlabelled`, `${holding}; where both mean yes, give --threshold 1`);
    return described(1, [255]);
  }
  const least = likelyThreshold(kind, survey, ignore);
  guess(notes, `${kind}: a value of at least ${least} is yes`, holding);
  return described(least, ignore);
}

/** The likely least value that means yes: half of the largest value for salient and soft masks, else 1. */
function likelyThreshold(kind: 'boundaries' | 'saliency', survey: Survey, ignore: readonly number[]): number {
  const most = Math.max(0, ...[...survey.values.keys()].filter((value) => !ignore.includes(value)));
  const largest = ignore.includes(survey.most) ? most : survey.most;
  // Boundary maps of small numbers count how many people drew the line.
  const areShares = kind === 'saliency' || (betweenOf(survey, ignore).size > 0 && largest >= 128);
  return areShares ? Math.max(1, Math.ceil(largest / 2)) : 1;
}
