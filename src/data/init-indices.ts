// The meanings that the indices in class maps can have: which of them are classes, and which mean unlabelled.
import { NddrError } from '../errors.js';
import { USUAL_MARK } from './class-table.js';
import { isSparse, listNames } from './evidence.js';
import { guess } from './guess.js';
import type { ClassOptions } from './init-classes.js';

/** The classes of a description, and which indices stand for them. */
export interface ClassChoice {
  readonly classes: readonly string[];
  readonly first?: number;
  readonly ignore?: readonly number[];
  readonly map?: Readonly<Record<string, string | null>>;
}

/** What is known of the indices before they are given a meaning. */
export interface IndexEvidence {
  readonly kind: 'segmentation' | 'parts';
  /** The indices that occur, in ascending order. */
  readonly found: readonly number[];
  /** What the files hold, in words: the reason of every guess. */
  readonly holding: string;
  /** Words for messages where the maps look resized; '' where they do not. */
  readonly resized: string;
  readonly options: ClassOptions;
  /** Receives the guesses. */
  readonly notes: string[];
}

/** A class map is stored in bytes, of which 255 means unlabelled. */
export const MOST_CLASSES = 255;
/** Larger indices with gaps between them are more likely greys than indices of classes. */
const LARGEST_LIKELY = 127;

const isMark = (index: number): boolean => index === USUAL_MARK || index < 0;

const NAME_THEM = `--map '0=background,7=road,255=' where you name the indices yourself, nothing for unlabelled`;
const LEAVE_OUT = '--others unlabelled besides, where all other indices are to be left out';
const ZERO_MAY_BE_UNLABELLED = '; where 0 means unlabelled, give --ignore 0 --first 1';

/** The error that asks for options. @param ways options with what they mean, one a line */
const ambiguous = ({ kind, holding }: IndexEvidence, problem: string, ...ways: string[]): NddrError =>
  new NddrError(`${kind}: ${holding}; ${problem}. Give what is meant:\n${ways.map((way) => `  ${way}`).join('\n')}`);

/** The indices compared with the names of the classes. */
interface NamedEvidence extends IndexEvidence {
  readonly classes: readonly string[];
  /** The classes without a pixel, assuming that the classes are the indices 0, 1, ... */
  readonly missing: readonly string[];
  /** The indices that are no class under this assumption: usual marks of unlabelled pixels, and the others. */
  readonly beyond: readonly number[];
  readonly marks: readonly number[];
  readonly others: readonly number[];
}

/**
 * The meanings that the indices can have where the names of the classes are given, the likeliest first. Each returns
 * its choice where the evidence fits it, else undefined. A rule that finds two equally likely meanings throws.
 */
const MEANINGS: readonly ((evidence: NamedEvidence) => ClassChoice | undefined)[] = [
  everyIndexIsAClass,
  objectOnBackground,
  othersAreMarks,
  classesFromOne,
  oneIndexTooMany,
  singleOtherIsUnlabelled,
  othersAreLeftOut,
];

/** Names are given, and neither the first index nor the marks. */
export function classesAsNamed(evidence: IndexEvidence, classes: readonly string[]): ClassChoice {
  const { found } = evidence;
  const beyond = found.filter((index) => index < 0 || index >= classes.length);
  // With one other index alone, 255 may as well be a class.
  const marks = beyond.filter((index) => isMark(index) && (index < 0 || found.length > 2));
  const others = beyond.filter((index) => !marks.includes(index));
  const missing = classes.filter((_, k) => !found.includes(k));
  const named: NamedEvidence = { ...evidence, classes, missing, beyond, marks, others };
  for (const meaning of MEANINGS) {
    const choice = meaning(named);
    if (choice) return choice;
  }
  const unseen = missing.length > 0 ? `, and no pixel is ${listNames(missing)}` : '';
  throw ambiguous(
    evidence,
    `${others.join(', ')} ${others.length === 1 ? 'is' : 'are'} beyond the ${classes.length} classes${unseen}${evidence.resized}`,
    NAME_THEM,
    LEAVE_OUT,
  );
}

function everyIndexIsAClass(evidence: NamedEvidence): ClassChoice | undefined {
  const { kind, classes, beyond, holding, notes } = evidence;
  if (beyond.length > 0) return undefined;
  guess(
    notes,
    `${kind}: the indices 0 to ${classes.length - 1} are the classes, 255 would be unlabelled`,
    holding + ZERO_MAY_BE_UNLABELLED,
  );
  noteMissing(evidence);
  return { classes, ignore: [USUAL_MARK] };
}

/** Two classes, and the indices 0 and one that is no class: often 255. */
function objectOnBackground({ kind, classes, found, beyond, holding, notes }: NamedEvidence): ClassChoice | undefined {
  if (found.length !== 2 || classes.length !== 2 || found[0] !== 0 || beyond.length !== 1) return undefined;
  const because = `there are two classes, and ${holding}`;
  guess(notes, `${kind}: ${beyond[0]} is "${classes[1]}" and 0 is "${classes[0]}"`, because);
  return { classes, map: { 0: classes[0], [beyond[0]]: classes[1] } };
}

function othersAreMarks(evidence: NamedEvidence): ClassChoice | undefined {
  const { kind, classes, marks, others, holding, notes } = evidence;
  if (marks.length === 0 || others.length > 0) return undefined;
  guess(notes, `${kind}: ${marks.join(', ')} is unlabelled`, `that is a usual mark, and ${holding}`);
  noteMissing(evidence);
  return { classes, ignore: marks };
}

/** Whether the only other index is the next one after those of the classes. */
const isOneTooMany = ({ others, classes }: NamedEvidence): boolean =>
  others.length === 1 && others[0] === classes.length;

/** The indices 1 to the number of classes occur, and 0 does not. */
function classesFromOne(evidence: NamedEvidence): ClassChoice | undefined {
  const { kind, classes, found, marks, holding, notes } = evidence;
  const allFromOne = classes.every((_, k) => found.includes(k + 1));
  if (!isOneTooMany(evidence) || !allFromOne || found.includes(0)) return undefined;
  guess(notes, `${kind}: the classes begin at index 1`, `there are ${classes.length} of them, and ${holding}`);
  return { classes, first: 1, ignore: marks.length > 0 ? marks : [USUAL_MARK] };
}

/** Either the first index or the last one means unlabelled. */
function oneIndexTooMany(evidence: NamedEvidence): undefined {
  const { classes, marks } = evidence;
  if (!isOneTooMany(evidence)) return;
  const count = classes.length;
  const more = marks.map((index) => `,${index}`).join('');
  throw ambiguous(
    evidence,
    `that is one index more than the ${count} classes`,
    `--ignore 0${more} --first 1   where 0 means unlabelled and 1 is "${classes[0]}"`,
    `--ignore ${count}${more}   where 0 is "${classes[0]}" and ${count} means unlabelled`,
  );
}

/** Every class occurs, and one other index. */
function singleOtherIsUnlabelled(evidence: NamedEvidence): ClassChoice | undefined {
  const { kind, classes, missing, marks, others, holding, notes } = evidence;
  if (others.length !== 1 || missing.length > 0) return undefined;
  guess(notes, `${kind}: ${others[0]} is unlabelled`, `it is the only index without a class, and ${holding}`);
  return { classes, ignore: [...others, ...marks] };
}

function othersAreLeftOut({ classes, marks, options }: NamedEvidence): ClassChoice | undefined {
  return options.others && { classes, ignore: marks };
}

function noteMissing({ kind, missing, found, notes }: NamedEvidence): void {
  if (missing.length === 0) return;
  const first = found.includes(0) ? '' : '; where the indices begin at 1, give --first 1';
  notes.push(`${kind}: no pixel of the files read is ${listNames(missing)}${first}`);
}

/** Names are given, and the first index or the marks as well. */
export function classesAsPlaced(evidence: IndexEvidence, classes: readonly string[]): ClassChoice {
  const { kind, found, holding, resized, options, notes } = evidence;
  const first = options.first ?? 0;
  const last = first + classes.length - 1;
  const isClass = (index: number) => index >= first && index <= last;
  const zero = first === 1 && found.includes(0) ? [0] : [];
  const ignore = options.ignore ?? [...zero, ...(isClass(USUAL_MARK) ? [] : [USUAL_MARK])];
  if (options.ignore === undefined && zero.length > 0)
    guess(notes, `${kind}: 0 is unlabelled`, `the classes begin at 1, and ${holding}`);
  const ignored = ignore.find(isClass);
  if (ignored !== undefined) {
    throw ambiguous(
      evidence,
      `index ${ignored} is the class "${classes[ignored - first]}" and is to be ignored as well`,
      `--ignore ${ignore.join(',')} --first ${ignored + 1}   where the classes begin after it`,
      `--classes without "${classes[ignored - first]}", and --first, where it is no class`,
    );
  }
  const rest = found.filter((index) => !isClass(index) && !ignore.includes(index));
  if (rest.length > 0 && !options.others) {
    const range = `the classes are ${first} to ${last}, unlabelled is ${ignore.join(', ')}`;
    throw ambiguous(evidence, `${range}; ${rest.join(', ')} has no meaning${resized}`, NAME_THEM, LEAVE_OUT);
  }
  return { classes, first, ignore };
}

/** No names are given: there are as many classes as indices, if these can be a list of classes. */
export function classesAsCounted(evidence: IndexEvidence): ClassChoice {
  const { kind, found, holding, options, notes } = evidence;
  const pair = twoDistantIndices(evidence);
  if (pair) return pair;
  const marks = found.filter(isMark);
  const ignore = options.ignore ?? (marks.length > 0 ? marks : [USUAL_MARK]);
  const indices = found.filter((index) => !ignore.includes(index));
  const { first, last } = rangeOf(evidence, indices, ignore);
  const classes = Array.from({ length: last - first + 1 }, (_, k) => `class ${first + k}`);
  const zero = indices.includes(0) ? ZERO_MAY_BE_UNLABELLED : '';
  guess(notes, `${kind}: ${classes.length} classes, index ${first} to ${last}`, `${holding}${zero}`);
  const missing = classes.filter((_, k) => !found.includes(first + k));
  if (missing.length > 0) notes.push(`${kind}: no pixel of the files read is ${listNames(missing)}`);
  if (options.ignore === undefined && marks.length > 0)
    guess(notes, `${kind}: ${marks.join(', ')} is unlabelled`, 'that is a usual mark');
  notes.push(`${kind}: write the names of the classes into "classes"`);
  return { classes, first, ignore };
}

/** Two indices with a gap between, such as 0 and 255, where no option says what they mean: both are classes. */
function twoDistantIndices({ kind, found, holding, options, notes }: IndexEvidence): ClassChoice | undefined {
  if (options.ignore !== undefined || options.first !== undefined) return undefined;
  if (found.length !== 2 || found[0] < 0 || found[1] - found[0] < 2) return undefined;
  const classes = found.map((index) => `class ${index}`);
  guess(notes, `${kind}: two classes, index ${found[0]} and index ${found[1]}`, holding);
  return { classes, map: Object.fromEntries(found.map((index, k) => [index, classes[k]])) };
}

/** The first and last index of a list of classes. @throws NddrError where the indices are none */
function rangeOf(evidence: IndexEvidence, indices: readonly number[], ignore: readonly number[]) {
  const { kind, holding, resized, options } = evidence;
  if (indices.length === 0)
    throw new NddrError(
      `${kind}: ${holding}, and ${ignore.join(', ')} means unlabelled, so no pixel shows a class. ` +
        "Say what the values mean: --map '0=background,255=object'.",
    );
  const first = options.first ?? (indices.length > 1 && indices[0] === 1 ? 1 : 0);
  const last = Math.max(first + 1, ...indices);
  const looksLikeGreys = resized !== '' || (last > LARGEST_LIKELY && isSparse(indices));
  if (looksLikeGreys || indices.some((index) => index < first) || last - first >= MOST_CLASSES) {
    throw ambiguous(
      evidence,
      `that is no list of classes from ${first} on${resized}`,
      '--classes background,object   where they are the classes 0, 1, ...',
      NAME_THEM,
      LEAVE_OUT,
    );
  }
  return { first, last };
}
