// Which class the indices and colours in the files of a class map stand for, as far as they tell it.
import { NddrError } from '../errors.js';
import { several } from '../words.js';
import { colourKey, indexOfKey, USUAL_MARK } from './class-table.js';
import { oneOrList } from './description.js';
import { countsOf, isSparse, listCounts, listNames, looksResized, RESIZED } from './evidence.js';
import { guess } from './guess.js';
import type { Survey } from './survey.js';

/** What is known of a class map. */
export interface ClassOptions {
  readonly classes?: readonly string[];
  readonly ignore?: readonly number[];
  readonly first?: number;
  readonly map?: Readonly<Record<string, string | null>>;
  readonly others?: 'unlabelled';
}

type Kind = 'segmentation' | 'parts';
/** Where indices without names end: with larger gaps than before it, greys are meant rather than indices. */
const LAST_PLAIN = 127;
const isMark = (index: number): boolean => index === USUAL_MARK || index < 0;
const MOST_CLASSES = 255;
const SHOWN_COLOURS = 40;

interface Choice {
  readonly classes: readonly string[];
  readonly first?: number;
  readonly ignore?: readonly number[];
  readonly map?: Readonly<Record<string, string | null>>;
}

/**
 * The description of a class map from what its files hold. Guesses are noted with what they rest on.
 * @throws NddrError where the values may mean several things, naming the options that settle it
 */
export function describeClasses(kind: Kind, survey: Survey, options: ClassOptions, notes: string[]) {
  const { classes, first, ignore, map } = choose(kind, survey, options, notes);
  const colours = coloursOf({ classes, first, map }, survey);
  return {
    kind,
    classes: [...classes],
    ...(first !== undefined && first !== 0 && { first }),
    ...(colours && { colours }),
    ...(ignore && ignore.length > 0 && { ignore: oneOrList(ignore) }),
    ...(map && { map }),
    ...(options.others && { others: options.others }),
  };
}

function choose(kind: Kind, survey: Survey, options: ClassOptions, notes: string[]): Choice {
  if (options.map) return mapped(kind, survey, options, options.map);
  if (survey.colours.size > 0) {
    const counts = new Map([...survey.colours].sort(([, a], [, b]) => b.pixels - a.pixels));
    const keys = [...counts.keys()].slice(0, SHOWN_COLOURS).map((colour) => `${colourKey(colour)}=...`);
    throw new NddrError(
      `${kind}: the files hold ${counts.size} colours: ${listCounts(counts, colourKey)}` +
        `${counts.size > MOST_CLASSES ? `; ${RESIZED}` : ''}. Give the name of each, or nothing where it means ` +
        `unlabelled:\n  --map '${keys.join(',')}'`,
    );
  }
  const found = [...survey.values.keys()].sort((a, b) => a - b);
  if (survey.fractions > 0) throw new NddrError(`${kind}: the files hold fractions, expected indices of classes`);
  const cause = `${several(survey.files, 'file')} read hold ${listCounts(countsOf(survey.values, () => true))}`;
  const question = { kind, found, cause, resized: looksResized(survey) ? `; ${RESIZED}` : '', options, notes };
  if (!options.classes) return unnamed(question);
  return options.first === undefined && options.ignore === undefined
    ? named(question, options.classes)
    : stated(question, options.classes);
}

interface Question {
  readonly kind: Kind;
  /** The indices that occur, in their order. */
  readonly found: readonly number[];
  readonly cause: string;
  /** Said where they look smoothed; empty where not. */
  readonly resized: string;
  readonly options: ClassOptions;
  readonly notes: string[];
}

const settle = ({ kind, cause }: Question, problem: string, ...ways: string[]): NddrError =>
  new NddrError(`${kind}: ${cause}; ${problem}. Give what is meant:\n${ways.map((way) => `  ${way}`).join('\n')}`);

const NAME_THEM = `--map '0=background,7=road,255=' where you name the indices yourself, nothing for unlabelled`;
const ZERO = '; where 0 means unlabelled, give --ignore 0 --first 1';
const LEAVE_OUT = '--others unlabelled besides, where all other indices are to be left out';

function mapped(kind: Kind, survey: Survey, options: ClassOptions, map: NonNullable<ClassOptions['map']>): Choice {
  const names = [...new Set(Object.values(map).filter((name) => name !== null))];
  const { ignore } = options;
  const keys = Object.keys(map);
  const lost = countsOf(
    survey.values,
    (value) => !keys.some((key) => indexOfKey(key) === value) && !(ignore ?? [USUAL_MARK]).includes(value),
  );
  const lostColours = countsOf(
    survey.colours,
    (colour) => !keys.some((key) => key.toLowerCase() === colourKey(colour)),
  );
  if (options.others === undefined && lost.size + lostColours.size > 0) {
    const listed = [lost.size > 0 && listCounts(lost), lostColours.size > 0 && listCounts(lostColours, colourKey)];
    throw new NddrError(
      `${kind}: --map says nothing of ${listed.filter(Boolean).join(', ')}; add them, or give --others unlabelled`,
    );
  }
  return { classes: options.classes ?? names, ignore, map };
}

/** Classes have names, and nothing is said of marks. */
function named(question: Question, classes: readonly string[]): Choice {
  const { kind, found, cause, resized, options, notes } = question;
  const count = classes.length;
  const beyond = found.filter((index) => index < 0 || index >= count);
  const missing = classes.filter((_, k) => !found.includes(k));
  if (beyond.length === 0) {
    guess(notes, `${kind}: the indices 0 to ${count - 1} are the classes, 255 would be unlabelled`, cause + ZERO);
    if (missing.length > 0) notes.push(neverFound(kind, classes, found));
    return { classes, ignore: [USUAL_MARK] };
  }
  if (found.length === 2 && count === 2 && found[0] === 0 && beyond.length === 1) {
    const map = { 0: classes[0], [beyond[0]]: classes[1] };
    const because = `there are two classes, and ${cause}`;
    guess(notes, `${kind}: ${beyond[0]} is "${classes[1]}" and 0 is "${classes[0]}"`, because);
    return { classes, map };
  }
  // With one other index alone, 255 may as well be a class.
  const marks = beyond.filter((index) => isMark(index) && (index < 0 || found.length > 2));
  const rest = beyond.filter((index) => !marks.includes(index));
  if (marks.length > 0 && rest.length === 0) {
    guess(notes, `${kind}: ${marks.join(', ')} is unlabelled`, `that is a usual mark, and ${cause}`);
    if (missing.length > 0) notes.push(neverFound(kind, classes, found));
    return { classes, ignore: marks };
  }
  const fromOne = classes.every((_, k) => found.includes(k + 1));
  if (rest.length === 1 && rest[0] === count && fromOne && !found.includes(0)) {
    guess(notes, `${kind}: the classes begin at index 1`, `there are ${count} of them, and ${cause}`);
    return { classes, first: 1, ignore: marks.length > 0 ? marks : [USUAL_MARK] };
  }
  const more = marks.map((index) => `,${index}`).join('');
  if (rest.length === 1 && rest[0] === count) {
    throw settle(
      question,
      `that is one index more than the ${count} classes`,
      `--ignore 0${more} --first 1   where 0 means unlabelled and 1 is "${classes[0]}"`,
      `--ignore ${count}${more}   where 0 is "${classes[0]}" and ${count} means unlabelled`,
    );
  }
  if (rest.length === 1 && missing.length === 0) {
    guess(notes, `${kind}: ${rest[0]} is unlabelled`, `it is the only index without a class, and ${cause}`);
    return { classes, ignore: [...rest, ...marks] };
  }
  if (options.others) return { classes, ignore: marks };
  const names = missing.length > 0 ? `, and no pixel is ${listNames(missing)}` : '';
  throw settle(
    question,
    `${rest.join(', ')} ${rest.length === 1 ? 'is' : 'are'} beyond the ${count} classes${names}${resized}`,
    NAME_THEM,
    LEAVE_OUT,
  );
}

const neverFound = (kind: Kind, classes: readonly string[], found: readonly number[]): string => {
  const missing = classes.filter((_, k) => !found.includes(k));
  const first = !found.includes(0) ? '; where the indices begin at 1, give --first 1' : '';
  return `${kind}: no pixel of the files read is ${listNames(missing)}${first}`;
};

/** Classes have names, and the first index or the marks are given. */
function stated(question: Question, classes: readonly string[]): Choice {
  const { kind, found, cause, resized, options, notes } = question;
  const first = options.first ?? 0;
  const last = first + classes.length - 1;
  const has = (index: number) => index >= first && index <= last;
  const before = found.filter((index) => index === 0 && first === 1);
  const ignore = options.ignore ?? [...before, ...(has(USUAL_MARK) ? [] : [USUAL_MARK])];
  if (options.ignore === undefined && before.length > 0) {
    guess(notes, `${kind}: 0 is unlabelled`, `the classes begin at 1, and ${cause}`);
  }
  const both = ignore.find(has);
  if (both !== undefined) {
    throw settle(
      question,
      `index ${both} is "${classes[both - first]}" and to be ignored as well`,
      `--ignore ${ignore.join(',')} --first ${both + 1}   where the classes begin after it`,
      `--classes without "${classes[both - first]}", and --first, where it is no class`,
    );
  }
  const rest = found.filter((index) => !has(index) && !ignore.includes(index));
  if (rest.length > 0 && !options.others) {
    const range = `the classes are ${first} to ${last}, unlabelled is ${ignore.join(', ')}`;
    throw settle(question, `${range}; nothing says what ${rest.join(', ')} means${resized}`, NAME_THEM, LEAVE_OUT);
  }
  return { classes, first, ignore };
}

/** Nothing is said of the classes: as many as there are indices, if these can be a list of classes. */
function unnamed(question: Question): Choice {
  const { kind, found, cause, resized, options, notes } = question;
  const open = options.ignore === undefined && options.first === undefined;
  if (open && found.length === 2 && found[0] >= 0 && found[1] - found[0] > 1) {
    const classes = found.map((index) => `class ${index}`);
    guess(notes, `${kind}: two classes, index ${found[0]} and index ${found[1]}`, cause);
    return { classes, map: Object.fromEntries(found.map((index, k) => [index, classes[k]])) };
  }
  const marks = found.filter(isMark);
  const ignore = options.ignore ?? (marks.length > 0 ? marks : [USUAL_MARK]);
  const indices = found.filter((index) => !ignore.includes(index));
  if (indices.length === 0)
    throw new NddrError(
      `${kind}: ${cause}, and ${ignore.join(', ')} means unlabelled, so no pixel shows a class. ` +
        "Say what the values mean: --map '0=background,255=object'.",
    );
  const first = options.first ?? (indices.length > 1 && indices[0] === 1 ? 1 : 0);
  const last = Math.max(first + 1, ...indices);
  const strange = resized !== '' || (last > LAST_PLAIN && isSparse(indices)) || indices.some((index) => index < first);
  if (strange || last - first >= MOST_CLASSES) {
    throw settle(
      question,
      `that is no list of classes from ${first} on${resized}`,
      '--classes background,object   where they are the classes 0, 1, ...',
      NAME_THEM,
      LEAVE_OUT,
    );
  }
  const classes = Array.from({ length: last - first + 1 }, (_, k) => `class ${first + k}`);
  const zero = indices.includes(0) ? ZERO : '';
  guess(notes, `${kind}: ${classes.length} classes, index ${first} to ${last}`, `${cause}${zero}`);
  const missing = classes.filter((_, k) => !found.includes(first + k));
  if (missing.length > 0) notes.push(`${kind}: no pixel of the files read is ${listNames(missing)}`);
  if (options.ignore === undefined && marks.length > 0) {
    guess(notes, `${kind}: ${marks.join(', ')} is unlabelled`, 'that is a usual mark');
  }
  notes.push(`${kind}: write the names of the classes into "classes"`);
  return { classes, first, ignore };
}

/** The colours of the classes, where a palette or a map of colours tells them all. */
function coloursOf({ classes, first = 0, map }: Choice, { palette }: Survey): [number, number, number][] | undefined {
  const colours = classes.map((name, k) => {
    const keys = Object.keys(map ?? {}).filter((key) => map?.[key] === name);
    const painted = keys.find((key) => key.startsWith('#'));
    if (painted) return [16, 8, 0].map((shift) => (Number.parseInt(painted.slice(1), 16) >> shift) & 255);
    const index = map ? keys.map(indexOfKey).find((one) => one !== undefined) : first + k;
    return index === undefined ? undefined : palette?.[index];
  });
  if (!colours.every((colour) => colour !== undefined)) return undefined;
  return colours.map(([red, green, blue]) => [red, green, blue]);
}
