// Counts of the values that the labels of a split hold.
import type { Raster } from '../tasks/raster.js';
import { UNKNOWN_NUMBER } from '../tasks/regression.js';
import type { LabelDescription } from './description.js';

export interface LabelReport {
  readonly kind: LabelDescription['kind'];
  /** Maps that were read, or images that a table labels as a whole. */
  files: number;
  /** Pixels of maps; of tables the number of values. */
  pixels: number;
  /** Those that are labelled, or known. */
  labelledPixels: number;
  /** Pixels of each class, or images that show it; of boundaries and saliency the pixels of no and of yes. */
  readonly classes?: readonly { readonly name: string; pixels: number }[];
  /** Of depth, over the labelled pixels. */
  readonly metres?: Range;
  /** Of normals: number of vectors whose x, y and z is negative. */
  readonly negative?: [number, number, number];
  /** Of regression, over the images whose numbers are known. */
  readonly numbers?: readonly (Range & { readonly name: string; count: number })[];
}

export interface Range {
  least: number;
  most: number;
  sum: number;
}

const emptyRange = (): Range => ({ least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY, sum: 0 });

/** A report with all counts at 0. */
export function emptyReport(label: string, what: LabelDescription): LabelReport {
  const other: Partial<Record<LabelDescription['kind'], readonly string[]>> = {
    boundaries: ['none', 'boundary'],
    saliency: ['none', 'salient'],
  };
  const names = 'classes' in what ? what.classes : (other[what.kind] ?? []);
  return {
    kind: what.kind,
    files: 0,
    pixels: 0,
    labelledPixels: 0,
    ...(names.length > 0 && { classes: names.map((name) => ({ name, pixels: 0 })) }),
    ...(what.kind === 'normals' && { negative: [0, 0, 0] as [number, number, number] }),
    ...(what.kind === 'depth' && { metres: emptyRange() }),
    ...(what.kind === 'regression' && {
      numbers: (what.names ?? [label]).map((name) => ({ name, count: 0, ...emptyRange() })),
    }),
  };
}

function widen(range: Range, value: number): void {
  range.least = Math.min(range.least, value);
  range.most = Math.max(range.most, value);
  range.sum += value;
}

/** Adds the label of a whole image to the counts. */
export function countImage(report: LabelReport, { data }: Raster): void {
  const { kind, classes = [], numbers = [] } = report;
  report.files++;
  report.pixels += data.length;
  for (const [k, value] of data.entries()) {
    const known = kind === 'regression' ? value > UNKNOWN_NUMBER : kind === 'classification' || value !== 255;
    if (!known) continue;
    report.labelledPixels++;
    if (kind === 'classification') classes[value].pixels++;
    else if (kind === 'multilabel') classes[k].pixels += value;
    else {
      numbers[k].count++;
      widen(numbers[k], value);
    }
  }
}

/** Adds one map to the counts. */
export function countMap(report: LabelReport, { data, width, height }: Raster): void {
  const { classes, metres, negative } = report;
  const pixels = width * height;
  report.files++;
  report.pixels += pixels;
  for (let at = 0; at < pixels; at++) {
    const value = data[at];
    if (classes) {
      if (value === 255) continue;
      classes[value].pixels++;
    } else if (metres) {
      if (value === 0) continue;
      widen(metres, value);
    } else {
      const [y, z] = [data[pixels + at], data[2 * pixels + at]];
      if (value === 0 && y === 0 && z === 0) continue;
      if (negative) {
        negative[0] += Number(value < 0);
        negative[1] += Number(y < 0);
        negative[2] += Number(z < 0);
      }
    }
    report.labelledPixels++;
  }
}
