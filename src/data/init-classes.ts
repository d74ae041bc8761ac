// Which class the indices and colours in the files of a class map stand for, as far as the files tell it.
import { NddrError } from '../errors.js';
import { colourKey, indexOfKey, USUAL_MARK } from './class-table.js';
import { oneOrList } from './description.js';
import { countsOf, holdingOf, listCounts, looksResized, RESIZED } from './evidence.js';
import {
  type ClassChoice,
  classesAsCounted,
  classesAsNamed,
  classesAsPlaced,
  type IndexEvidence,
  MOST_CLASSES,
} from './init-indices.js';
import type { Survey } from './survey.js';

/** What the user says of a class map; see the options of `nddr data init` of the same names. */
export interface ClassOptions {
  readonly classes?: readonly string[];
  readonly ignore?: readonly number[];
  readonly first?: number;
  readonly map?: Readonly<Record<string, string | null>>;
  readonly others?: 'unlabelled';
}

type Kind = 'segmentation' | 'parts';
const SHOWN_COLOURS = 40;

/**
 * The description of a class map from what its files hold. Guesses are noted with their reasons.
 * @throws NddrError where the values may mean several things, naming the options that say which
 */
export function describeClasses(kind: Kind, survey: Survey, options: ClassOptions, notes: string[]) {
  const choice = options.map
    ? classesOfMap(kind, survey, options, options.map)
    : classesOfIndices(kind, survey, options, notes);
  const { classes, first, ignore, map } = choice;
  const colours = coloursOf(choice, survey);
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

/** The classes that `--map` names. @throws NddrError where the files hold values that it leaves out */
function classesOfMap(
  kind: Kind,
  survey: Survey,
  { classes, ignore, others }: ClassOptions,
  map: NonNullable<ClassOptions['map']>,
): ClassChoice {
  const keys = Object.keys(map);
  const isMapped = (value: number) => keys.some((key) => indexOfKey(key) === value);
  const isIgnored = (value: number) => (ignore ?? [USUAL_MARK]).includes(value);
  const isPainted = (colour: number) => keys.some((key) => key.toLowerCase() === colourKey(colour));
  const lost = countsOf(survey.values, (value) => !isMapped(value) && !isIgnored(value));
  const lostColours = countsOf(survey.colours, (colour) => !isPainted(colour));
  if (others === undefined && lost.size + lostColours.size > 0) {
    const listed = [lost.size > 0 && listCounts(lost), lostColours.size > 0 && listCounts(lostColours, colourKey)];
    throw new NddrError(
      `${kind}: --map does not name ${listed.filter(Boolean).join(', ')}, which the files hold; add them, or give ` +
        '--others unlabelled',
    );
  }
  const named = [...new Set(Object.values(map).filter((name) => name !== null))];
  return { classes: classes ?? named, ignore, map };
}

/** The classes of files of indices. @throws NddrError where they hold anything else, or the indices are ambiguous */
function classesOfIndices(kind: Kind, survey: Survey, options: ClassOptions, notes: string[]): ClassChoice {
  if (survey.colours.size > 0) throw coloursWithoutNames(kind, survey);
  if (survey.fractions > 0) throw new NddrError(`${kind}: the files hold fractions, expected indices of classes`);
  const evidence: IndexEvidence = {
    kind,
    found: [...survey.values.keys()].sort((a, b) => a - b),
    holding: holdingOf(survey.files, listCounts(countsOf(survey.values, () => true))),
    resized: looksResized(survey) ? `; ${RESIZED}` : '',
    options,
    notes,
  };
  if (!options.classes) return classesAsCounted(evidence);
  const isPlaced = options.first !== undefined || options.ignore !== undefined;
  return isPlaced ? classesAsPlaced(evidence, options.classes) : classesAsNamed(evidence, options.classes);
}

function coloursWithoutNames(kind: Kind, { colours }: Survey): NddrError {
  const counts = new Map([...colours].sort(([, a], [, b]) => b.pixels - a.pixels));
  const keys = [...counts.keys()].slice(0, SHOWN_COLOURS).map((colour) => `${colourKey(colour)}=...`);
  return new NddrError(
    `${kind}: the files hold ${counts.size} colours: ${listCounts(counts, colourKey)}` +
      `${counts.size > MOST_CLASSES ? `; ${RESIZED}` : ''}. Give the name of the class of each, or nothing where it ` +
      `means unlabelled:\n  --map '${keys.join(',')}'`,
  );
}

type Colour = [red: number, green: number, blue: number];

/** The colours of the classes, by the map or by the palette of the files; undefined where one is not known. */
function coloursOf({ classes, first = 0, map }: ClassChoice, { palette }: Survey): Colour[] | undefined {
  const colours = classes.map((name, k) => {
    const keys = Object.keys(map ?? {}).filter((key) => map?.[key] === name);
    const painted = keys.find((key) => key.startsWith('#'));
    if (painted) return rgbOf(Number.parseInt(painted.slice(1), 16));
    const index = map ? keys.map(indexOfKey).find((one) => one !== undefined) : first + k;
    return index === undefined ? undefined : palette?.[index];
  });
  if (!colours.every((colour) => colour !== undefined)) return undefined;
  return colours.map(([red, green, blue]) => [red, green, blue]);
}

const rgbOf = (colour: number): Colour => [colour >> 16, (colour >> 8) & 255, colour & 255];
