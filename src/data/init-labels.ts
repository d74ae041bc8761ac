// Describes labels that are maps, by what their files hold.
import { NddrError } from '../errors.js';
import { percent, several } from '../words.js';
import { type DescriptionInput, type MapLabel, oneOrList, usualThreshold } from './description.js';
import { isDirection } from './directions.js';
import { betweenOf, endMark, likelyUnit, listCounts, manyFaceAway, pixelsOf, readingsOf } from './evidence.js';
import { guess } from './guess.js';
import { type ClassOptions, describeClasses } from './init-classes.js';
import { type LabelFile, readLabelFile } from './label-file.js';
import type { Axis } from './label-kinds.js';
import { Survey } from './survey.js';

/** What is known of the labels; the rest is guessed from the files. */
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
 * @param notes receives what was guessed, and by what
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
  const { values, pixels, notFinite } = survey;
  const mark = options.invalid === undefined ? endMark(survey) : undefined;
  const invalid = options.invalid ?? (mark === undefined ? [] : [mark]);
  const whole = [...values.keys()].filter((value) => value > 0 && !invalid.includes(value));
  const least = Math.min(survey.least > 0 ? survey.least : Number.POSITIVE_INFINITY, ...sorted(whole).slice(0, 1));
  const most = invalid.includes(survey.most) ? (sorted(whole).at(-1) ?? 0) : survey.most;
  if (!(most > 0)) throw new NddrError('depth: no pixel of the files holds a depth; give other files with --depth');
  const range = `${several(survey.files, 'file')} read hold ${Number(least.toPrecision(4))} to ${Number(most.toPrecision(4))}`;
  if (mark !== undefined) {
    const at = values.get(mark)?.pixels ?? 0;
    guess(
      notes,
      `depth: ${mark} is no depth`,
      `${percent(at, pixels)} of the pixels hold it, the next below is ${most}`,
    );
  }
  const unit = options.metresPerValue ?? likelyUnit(survey, most);
  if (unit === undefined) {
    throw new NddrError(
      `depth: ${range}, which does not tell the unit: ${readingsOf(least, most)}. Give it, such as --metres-per-value 0.001`,
    );
  }
  if (options.metresPerValue === undefined) {
    guess(notes, `depth: ${unit} metres a value`, `${range}: ${readingsOf(least, most)}`);
  } else notes.push(`depth: ${range}, which is ${least * unit} to ${most * unit} m`);
  const negative = pixelsOf([...values].filter(([value]) => value < 0 && !invalid.includes(value)));
  const strange = notFinite + negative;
  if (strange > 0 && !options.others) {
    guess(notes, 'depth: NaN, infinite and negative values are unlabelled', `${strange} pixels hold such`);
  }
  return {
    kind: 'depth',
    metresPerValue: unit,
    ...(invalid.length > 0 && { invalid: oneOrList(invalid) }),
    ...(options.maximum !== undefined && { maximum: options.maximum }),
    ...((options.others || strange > 0) && { others: 'unlabelled' as const }),
  };
}

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

/** Masks of 0 and 1 mean 1; others the upper half of their range where there is anything between. */
function describeYesNo(
  kind: 'boundaries' | 'saliency',
  survey: Survey,
  options: LabelOptions,
  notes: string[],
): Described {
  const { values, most, files } = survey;
  const ignore = options.ignore ?? [];
  const cause = `${several(files, 'file')} read hold ${listCounts(new Map([...values].sort(([a], [b]) => a - b)))}`;
  const marked = ignore.length > 0 && { ignore: oneOrList(ignore) };
  const described = (threshold: number, more: object = {}): Described => ({
    kind,
    ...(threshold !== usualThreshold(kind) && { threshold }),
    ...marked,
    ...more,
  });
  if (options.threshold !== undefined) return described(options.threshold);
  if (values.size === 3 && values.has(0) && values.has(1) && values.has(255) && ignore.length === 0) {
    guess(notes, `${kind}: 1 is yes and 255 is unlabelled`, `${cause}; where both mean yes, give --threshold 1`);
    return described(1, { ignore: 255 });
  }
  const between = betweenOf(survey, ignore);
  const top = ignore.includes(most) ? Math.max(0, ...[...values.keys()].filter((one) => !ignore.includes(one))) : most;
  // Boundary maps of small numbers count how many people drew the line.
  const asked = kind === 'saliency' || (between.size > 0 && top >= 128);
  const threshold = asked ? Math.max(1, Math.ceil(top / 2)) : 1;
  guess(notes, `${kind}: a value of at least ${threshold} is yes`, cause);
  return described(threshold);
}

async function describeNormals(files: readonly string[], options: LabelOptions, notes: string[]): Promise<Described> {
  const marks = new Map<string, { colour: [number, number, number]; pixels: number }>();
  let [pixels, away, strange] = [0, 0, 0];
  let fractions = false;
  for (const path of files) {
    const file = await readLabelFile(path);
    if (file.channels < 3) throw new NddrError(`${path}: has ${file.channels} channels, expected three for normals`);
    fractions ||= file.range === undefined;
    pixels += file.width * file.height;
    for (let at = 0; at < file.data.length; at += file.channels) {
      const [x, y, z] = vectorAt(file, at);
      if (isDirection(Math.hypot(x, y, z))) away += Number(z < 0);
      else {
        strange++;
        const colour: [number, number, number] = [file.data[at], file.data[at + 1], file.data[at + 2]];
        const known = marks.get(String(colour));
        if (known) known.pixels++;
        else if (marks.size < 100) marks.set(String(colour), { colour, pixels: 1 });
      }
    }
  }
  const [first] = [...marks.values()].sort((a, b) => b.pixels - a.pixels);
  const single = !fractions && marks.size === 1 ? first.colour : undefined;
  const many = strange > 0 && !single;
  if (single) {
    const because = `it is no direction, and ${percent(first.pixels, pixels)} of the pixels hold it`;
    guess(notes, `normals: the colour (${single.join(', ')}) is unlabelled`, because);
  }
  if (many && !options.others) {
    const because = `${percent(strange, pixels)} of the pixels hold such, most (${first.colour.join(', ')})`;
    guess(notes, 'normals: vectors without a direction are unlabelled', because);
  }
  if (!options.axes) {
    const share = `${percent(away, pixels - strange)} of the vectors face away from the viewer that way`;
    const y = options.yAxis ?? 'up';
    const doubtful = away > 0 && manyFaceAway(away, pixels - strange);
    const warning = doubtful ? ', which no visible surface does: give --axes, such as x,-z,y' : '';
    const look = options.yAxis ? '' : 'nothing tells where y points, so look at a preview; ';
    guess(notes, `normals: x to the right, y ${y}, z to the viewer`, `${look}${share}${warning}`);
  }
  return {
    kind: 'normals',
    ...(options.axes ? { axes: [...options.axes] } : { yAxis: options.yAxis ?? 'up' }),
    ...(single && { unlabelled: single }),
    ...((many || options.others) && { others: 'unlabelled' as const }),
  };
}

/** The vector of a pixel, in the axes of the file. */
const vectorAt = ({ data, range }: LabelFile, at: number): [number, number, number] =>
  range === undefined
    ? [data[at], data[at + 1], data[at + 2]]
    : [(2 * data[at]) / range - 1, (2 * data[at + 1]) / range - 1, (2 * data[at + 2]) / range - 1];
