// What a check says of labels beyond its counts: signs that they do not mean what the description says.
import { percent } from '../words.js';
import { classTable, colourKey, UNLABELLED } from './class-table.js';
import {
  type ClassMapLabel,
  derivedFrom,
  isClassMap,
  type LabelOf,
  listOf,
  type MapLabel,
  usualThreshold,
} from './description.js';
import {
  betweenOf,
  countsOf,
  isUnlikelyReach,
  listCounts,
  listNames,
  looksResized,
  manyFaceAway,
  pixelsOf,
  RESIZED,
  readingsOf,
} from './evidence.js';
import type { LabelReport } from './label-report.js';
import type { Counts, Survey } from './survey.js';

/** A label, what its files hold, and what was counted of it in all splits and in the one that is learnt from. */
interface Checked<What extends MapLabel = MapLabel> {
  readonly name: string;
  readonly what: What;
  readonly survey: Survey;
  readonly reports: readonly LabelReport[];
  readonly learnt: LabelReport | undefined;
  readonly training: string;
}

/** The share of the pixels from which on the first or last depth is worth a note. */
const SPIKE = 0.05;

/** Labels that have files in a split and label nothing there. */
export function unlabelledProblems(
  splits: Readonly<Record<string, { readonly labels: Readonly<Record<string, LabelReport>> }>>,
): string[] {
  return Object.entries(splits).flatMap(([split, { labels }]) =>
    Object.entries(labels)
      .filter(([, { files, labelledPixels }]) => files > 0 && labelledPixels === 0)
      .map(([name, { files }]) => {
        const way = 'see its marks in the files and in dataset.json ("ignore", "map", "invalid", "unlabelled")';
        return `labels.${name}: no pixel of the ${files} maps of split "${split}" is labelled; ${way}`;
      }),
  );
}

/** One line for each sign, which begins with the label. */
export function notesOnLabel(checked: Checked): string[] {
  const { name, what } = checked;
  const notes: string[] = [];
  if (isClassMap(what)) notes.push(...classNotes({ ...checked, what }));
  else if (what.kind === 'boundaries' || what.kind === 'saliency') notes.push(...betweenNotes(checked, what));
  else if (what.kind === 'depth') notes.push(...depthNotes(checked, what));
  else notes.push(...awayNotes(checked));
  return notes.map((note) => `labels.${name}: ${note}`);
}

function classNotes({ what, survey, learnt, training }: Checked<ClassMapLabel>): string[] {
  const notes: string[] = [];
  const { indices, colours } = classTable(what);
  const painted = survey.colours.size > 0;
  const strange = derivedFrom(what) === undefined && (!painted || colours.size > 0);
  const unknown = strange ? countsOf(survey.values, (value) => !indices.has(value)) : new Map();
  const strangeColours = countsOf(survey.colours, (colour) => colours.size > 0 && !colours.has(colour));
  const smooth = unknown.size > 2 && looksResized(survey);
  notes.push(...unknownNotes(what, 'indices', unknown, survey.pixels, String, smooth));
  // A painting has as many colours as classes; smoothing makes hundreds.
  const mixed = strangeColours.size > 2 * what.classes.length;
  notes.push(...unknownNotes(what, 'colours', strangeColours, survey.pixels, colourKey, mixed));
  const missing = learnt && learnt.files > 0 ? (learnt.classes ?? []).filter(({ pixels }) => pixels === 0) : [];
  if (missing.length === 0) return notes;
  const names = listNames(missing.map((one) => one.name));
  const marks = countsOf(survey.values, (value) => indices.get(value) === UNLABELLED);
  const beside =
    marks.size > 0
      ? `, while ${listCounts(marks)} count as unlabelled: if one of these is a class, set "map" or "ignore" of the label`
      : '';
  notes.push(`no pixel of split "${training}" is ${names}${beside}`);
  return notes;
}

function unknownNotes(
  { others }: ClassMapLabel,
  noun: string,
  counts: Counts,
  pixels: number,
  show: (value: number) => string,
  smooth: boolean,
): string[] {
  if (counts.size === 0) return [];
  const left = others === 'unlabelled' ? ', left out as unlabelled' : '';
  const resized = smooth ? `; ${RESIZED}` : '';
  const share = percent(pixelsOf(counts), pixels);
  return [`${share} of the pixels hold ${noun} without a class${left}: ${listCounts(counts, show)}${resized}`];
}

/** Values of a mask between no and yes. */
function betweenNotes({ survey }: Checked, what: LabelOf<'boundaries' | 'saliency'>): string[] {
  if (what.from !== undefined) return [];
  const { pixels, most } = survey;
  const threshold = what.threshold ?? usualThreshold(what.kind);
  const between = betweenOf(survey, listOf(what.ignore));
  if (between.size === 0) return [];
  const half = Math.ceil(most / 2);
  const other = threshold === half ? '' : `; set "threshold" to ${half} where they are soft or resized`;
  return [
    `${percent(pixelsOf(between), pixels)} of the pixels lie between 0 and ${most}: ${listCounts(between)}; from the ` +
      `threshold ${threshold} on they count as yes${other}`,
  ];
}

function depthNotes({ survey, reports }: Checked, what: LabelOf<'depth'>): string[] {
  const { metresPerValue, maximum = Number.POSITIVE_INFINITY } = what;
  const { values, pixels, notFinite } = survey;
  const notes: string[] = [];
  const invalid = listOf(what.invalid);
  const dropped = countsOf(values, (value) => invalid.includes(value));
  if (dropped.size > 0) notes.push(`${listCounts(dropped)} are unlabelled as "invalid" says`);
  const beyond = pixelsOf(countsOf(values, (value) => value * metresPerValue > maximum && !invalid.includes(value)));
  if (beyond > 0) notes.push(`${percent(beyond, pixels)} of the pixels lie beyond ${maximum} m and are unlabelled`);
  const negative = pixelsOf(countsOf(values, (value) => value < 0 && !invalid.includes(value)));
  if (notFinite + negative > 0) {
    const share = percent(notFinite + negative, pixels);
    notes.push(`${share} of the pixels hold no depth: ${notFinite} pixels are NaN or infinite, ${negative} negative`);
  }
  const ends = [
    [survey.least, survey.atLeast, 'least'],
    [survey.most, survey.atMost, 'largest'],
  ] as const;
  for (const [value, count, which] of survey.least < survey.most ? ends : []) {
    const kept = value > 0 && !invalid.includes(value) && value * metresPerValue <= maximum;
    if (!kept || count < SPIKE * pixels) continue;
    notes.push(
      `${percent(count, pixels)} of the pixels hold ${value}, the ${which} value (${Number((value * metresPerValue).toPrecision(4))} ` +
        `m); if that means unknown or out of reach, set "invalid" of the label to ${value}`,
    );
  }
  const metres = reports.flatMap((report) => (report.metres && report.labelledPixels > 0 ? report.metres : []));
  const [least, most] = [Math.min(...metres.map((one) => one.least)), Math.max(...metres.map((one) => one.most))];
  if (metres.length > 0 && isUnlikelyReach(most)) {
    const reach = `${Number(least.toPrecision(3))} to ${Number(most.toPrecision(3))} m is a strange reach`;
    notes.push(`${reach}; as "metresPerValue" ${readingsOf(least / metresPerValue, most / metresPerValue)}`);
  }
  return notes;
}

function awayNotes({ reports }: Checked): string[] {
  const labelled = reports.reduce((sum, { labelledPixels }) => sum + labelledPixels, 0);
  const negative = [0, 1, 2].map((k) => reports.reduce((sum, report) => sum + (report.negative?.[k] ?? 0), 0));
  if (labelled === 0 || !manyFaceAway(negative[2], labelled)) return [];
  const signs = ['x', 'y', 'z'].flatMap((axis, k) => [
    { axis, against: negative[k] },
    { axis: `-${axis}`, against: labelled - negative[k] },
  ]);
  const [best] = signs.sort((a, b) => a.against - b.against);
  return [
    `${percent(negative[2], labelled)} of the vectors face away from the viewer (z < 0), which no visible surface does; ` +
      `${best.axis} does it least (${percent(best.against, labelled)}): is that the way to the viewer? See "axes"`,
  ];
}
