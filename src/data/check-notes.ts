// Notes of a check on labels: signs that they do not mean what the description says.
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

/** What the notes on a label are made from. */
interface Checked<What extends MapLabel = MapLabel> {
  readonly name: string;
  readonly what: What;
  readonly survey: Survey;
  /** The counts of the label in every split that has it. */
  readonly reports: readonly LabelReport[];
  /** Its counts in the split that is trained on, and the name of this split. */
  readonly trained: LabelReport | undefined;
  readonly training: string;
}

/** If at least this share of the pixels holds the smallest or the largest depth, that value may be a mark. */
const SPIKE_SHARE = 0.05;

/** Problems of labels that have files in a split but not one labelled pixel. */
export function unlabelledProblems(
  splits: Readonly<Record<string, { readonly labels: Readonly<Record<string, LabelReport>> }>>,
): string[] {
  return Object.entries(splits).flatMap(([split, { labels }]) =>
    Object.entries(labels)
      .filter(([, { files, labelledPixels }]) => files > 0 && labelledPixels === 0)
      .map(([name, { files }]) => {
        const way = 'check which values mean unlabelled in dataset.json ("ignore", "map", "invalid", "unlabelled")';
        return `labels.${name}: no pixel of the ${files} maps of split "${split}" is labelled; ${way}`;
      }),
  );
}

/** One line for each sign; every line begins with the label. */
export function notesOnLabel(checked: Checked): string[] {
  const { name, what } = checked;
  return notesOn(checked, what).map((note) => `labels.${name}: ${note}`);
}

function notesOn(checked: Checked, what: MapLabel): string[] {
  if (isClassMap(what)) return [...valueNotes({ ...checked, what }), ...missingNotes({ ...checked, what })];
  if (what.kind === 'boundaries' || what.kind === 'saliency') return betweenNotes(checked, what);
  return what.kind === 'depth' ? depthNotes(checked, what) : awayNotes(checked);
}

/** Indices and colours that have no class. */
function valueNotes({ what, survey }: Checked<ClassMapLabel>): string[] {
  const { indices, colours } = classTable(what);
  const isPainted = survey.colours.size > 0;
  const readsIndices = derivedFrom(what) === undefined && (!isPainted || colours.size > 0);
  const unknown = readsIndices ? countsOf(survey.values, (value) => !indices.has(value)) : new Map();
  const strange = countsOf(survey.colours, (colour) => colours.size > 0 && !colours.has(colour));
  const areSmoothed = unknown.size > 2 && looksResized(survey);
  // A painting has as many colours as classes; smoothing makes hundreds.
  const areMixed = strange.size > 2 * what.classes.length;
  return [
    ...unknownNotes(what, 'indices', unknown, survey.pixels, String, areSmoothed),
    ...unknownNotes(what, 'colours', strange, survey.pixels, colourKey, areMixed),
  ];
}

/** Classes without a pixel in the split that is trained on. */
function missingNotes({ what, survey, trained, training }: Checked<ClassMapLabel>): string[] {
  if (!trained || trained.files === 0) return [];
  const missing = (trained.classes ?? []).filter(({ pixels }) => pixels === 0);
  if (missing.length === 0) return [];
  const { indices } = classTable(what);
  const marks = countsOf(survey.values, (value) => indices.get(value) === UNLABELLED);
  const beside =
    marks.size > 0
      ? `, while ${listCounts(marks)} count as unlabelled: if one of these is a class, set "map" or "ignore" of the label`
      : '';
  return [`no pixel of split "${training}" is ${listNames(missing.map((one) => one.name))}${beside}`];
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

/** Values of a mask that are neither 0 nor the largest. */
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

type DepthLabel = LabelOf<'depth'>;

const depthNotes = (checked: Checked, what: DepthLabel): string[] => [
  ...unlabelledDepthNotes(checked, what),
  ...spikeNotes(checked, what),
  ...reachNotes(checked, what),
];

const isInvalid = ({ invalid }: DepthLabel, value: number): boolean => listOf(invalid).includes(value);
const isBeyond = ({ metresPerValue, maximum = Number.POSITIVE_INFINITY }: DepthLabel, value: number): boolean =>
  value * metresPerValue > maximum;

/** How many pixels are unlabelled, by reason. */
function unlabelledDepthNotes({ survey }: Checked, what: DepthLabel): string[] {
  const { values, pixels, notFinite } = survey;
  const notes: string[] = [];
  const dropped = countsOf(values, (value) => isInvalid(what, value));
  if (dropped.size > 0) notes.push(`${listCounts(dropped)} are unlabelled as "invalid" says`);
  const beyond = pixelsOf(countsOf(values, (value) => isBeyond(what, value) && !isInvalid(what, value)));
  if (beyond > 0)
    notes.push(`${percent(beyond, pixels)} of the pixels lie beyond ${what.maximum} m and are unlabelled`);
  const negative = pixelsOf(countsOf(values, (value) => value < 0 && !isInvalid(what, value)));
  if (notFinite + negative > 0) {
    const share = percent(notFinite + negative, pixels);
    notes.push(`${share} of the pixels hold no depth: ${notFinite} pixels are NaN or infinite, ${negative} negative`);
  }
  return notes;
}

/** The smallest or largest value where so many pixels hold it that it may be a mark. */
function spikeNotes({ survey }: Checked, what: DepthLabel): string[] {
  const { least, most, atLeast, atMost, pixels } = survey;
  if (least >= most) return [];
  const ends = [
    { value: least, count: atLeast, which: 'least' },
    { value: most, count: atMost, which: 'largest' },
  ];
  return ends
    .filter(({ value }) => value > 0 && !isInvalid(what, value) && !isBeyond(what, value))
    .filter(({ count }) => count >= SPIKE_SHARE * pixels)
    .map(
      ({ value, count, which }) =>
        `${percent(count, pixels)} of the pixels hold ${value}, the ${which} value ` +
        `(${Number((value * what.metresPerValue).toPrecision(4))} m); if that means unknown or out of reach, set ` +
        `"invalid" of the label to ${value}`,
    );
}

/** A range of depths that a camera would hardly see. */
function reachNotes({ reports }: Checked, { metresPerValue }: DepthLabel): string[] {
  const metres = reports.flatMap((report) => (report.metres && report.labelledPixels > 0 ? report.metres : []));
  const [least, most] = [Math.min(...metres.map((one) => one.least)), Math.max(...metres.map((one) => one.most))];
  if (metres.length === 0 || !isUnlikelyReach(most)) return [];
  const [from, to] = [least, most].map((value) => Number(value.toPrecision(3)));
  const readings = readingsOf(least / metresPerValue, most / metresPerValue);
  return [`${from} to ${to} m is a range that cameras hardly see; as "metresPerValue" ${readings}`];
}

/** Normals of which many face away from the viewer, and the axis that would serve better. */
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
      `${best.axis} is negative least often (${percent(best.against, labelled)}): if it points to the viewer, set "axes" of the label`,
  ];
}
