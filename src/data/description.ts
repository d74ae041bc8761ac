import { z } from 'zod';
import { NddrError } from '../errors.js';
import { readUserJson } from '../json.js';
import { parseStrict, suggest } from '../schema.js';
import { MAX_MEGAPIXELS } from './limits.js';

const byte = z.int().min(0).max(255);
const colour = z.tuple([byte, byte, byte]).readonly();
/** Some samples may lack a label that is optional; they then neither teach nor judge its task. */
const optional = z.boolean().default(false);
/** Whether the pixels of a label lie as in the image turned upright, or as in the stored one, which EXIF may turn. */
const orientation = z.enum(['turned', 'stored']).default('turned');

const classMap = <Kind extends string>(kind: Kind) =>
  z.strictObject({
    kind: z.literal(kind),
    /** Names, in the order of the indices in the label files: grey values, or indices of a palette. */
    classes: z.array(z.string().min(1)).min(2).max(255).readonly(),
    colours: z.array(colour).readonly().optional(),
    /** The index in the files that means unlabelled. */
    ignore: byte.default(255),
    orientation,
    optional,
  });
const normals = z.strictObject({
  kind: z.literal('normals'),
  /** How a unit vector became a colour: `rgb` is (n + 1) / 2 of the full range, x to the right, z to the viewer. */
  encoding: z.literal('rgb').default('rgb'),
  /** Where the y of the files points. */
  yAxis: z.enum(['up', 'down']).default('up'),
  /** The colour in the files that means unlabelled. */
  unlabelled: z
    .tuple([z.int().min(0), z.int().min(0), z.int().min(0)])
    .readonly()
    .optional(),
  orientation,
  optional,
});
const depth = z.strictObject({
  kind: z.literal('depth'),
  /** Metres that one unit in the files stands for: 0.001 for PNG files in millimetres, 1 for `.npy` in metres. */
  metresPerValue: z.number().positive(),
  orientation,
  optional,
});
const boundaries = z.strictObject({
  kind: z.literal('boundaries'),
  /** Derived: the name of the segmentation label at whose class borders the boundaries lie. */
  from: z.string().optional(),
  /** Pixels across a derived boundary. */
  thickness: z.int().min(1).max(15).optional(),
  /** The value in the files that means unlabelled; 0 is no boundary, every other value is one. */
  ignore: byte.optional(),
  orientation,
  optional,
});
const saliency = z.strictObject({
  kind: z.literal('saliency'),
  /** The least value in the files that means salient; less does not. */
  from: z.int().min(1).max(65535).default(128),
  /** The value in the files that means unlabelled. */
  ignore: byte.optional(),
  orientation,
  optional,
});
/** Labels of the image as a whole stand in a table, a line for each image. */
const table = {
  /** The column that holds the image files; found by its name, such as "file", where left out. */
  file: z.string().min(1).optional(),
  /** Values that mean unknown, such as -1 or "NA", beside an empty cell. */
  unknown: z
    .array(z.union([z.number(), z.string()]))
    .readonly()
    .optional(),
};
const classes = z.array(z.string().min(1)).min(2).readonly();
const classification = z.strictObject({
  kind: z.literal('classification'),
  classes,
  /** The column of the table that holds the name of the class; the name of the label where left out. */
  column: z.string().min(1).optional(),
  ...table,
  optional,
});
const multilabel = z.strictObject({
  kind: z.literal('multilabel'),
  classes,
  /** The column that lists what an image shows; where left out every class has a column of its own: 1, 0 or nothing. */
  column: z.string().min(1).optional(),
  ...table,
  optional,
});
const regression = z.strictObject({
  kind: z.literal('regression'),
  /** The columns of the numbers; one, named like the label, where left out. */
  names: z.array(z.string().min(1)).min(1).readonly().optional(),
  /** Of the numbers, such as "years". */
  unit: z.string().default(''),
  ...table,
  optional,
});
const label = z.discriminatedUnion('kind', [
  classMap('segmentation'),
  normals,
  depth,
  boundaries,
  classMap('parts'),
  saliency,
  classification,
  multilabel,
  regression,
]);

const split = z.strictObject({
  /** Pattern of the image files, relative to the root: `*`, `**`, `?` and `{a,b}` are known. */
  images: z.string().min(1),
  /**
   * Label name to the pattern of its files, which pair with images where the wildcards match the same text; or to the
   * table, a .csv or .json file, that says it of the image as a whole.
   */
  labels: z.record(z.string(), z.string().min(1)).default({}),
});

const description = z.strictObject({
  name: z.string().min(1),
  splits: z.record(z.string(), split),
  labels: z.record(z.string(), label),
  /** Larger images and label maps are refused, by the size in their headers. */
  maxMegapixels: z.number().positive().default(MAX_MEGAPIXELS),
});

/** A folder of images and labels, as `dataset.json` states it; see the schema above for every key. */
export type Description = z.output<typeof description>;
/** What may be written: keys with defaults left out. */
export type DescriptionInput = z.input<typeof description>;
export type LabelDescription = Description['labels'][string];
export type SplitDescription = Description['splits'][string];
export type LabelOf<Kind extends LabelDescription['kind']> = Extract<LabelDescription, { kind: Kind }>;

/** Labels that are maps of pixels in files of their own. */
export type MapLabel = Exclude<LabelDescription, TableLabel>;
/** Labels of the image as a whole, from a table. */
export type TableLabel = LabelOf<'classification' | 'multilabel' | 'regression'>;

export const isTableLabel = (what: LabelDescription): what is TableLabel =>
  what.kind === 'classification' || what.kind === 'multilabel' || what.kind === 'regression';

/**
 * Checks a description and fills in its defaults. `where` stands for its file in errors.
 * @throws NddrError naming every wrong key, with the nearest known one
 */
export function parseDescription(value: unknown, where: string): Description {
  const parsed = parseStrict(description, value, where);
  const problems = crossCheck(parsed);
  if (problems.length > 0) throw new NddrError(`${where}: ${problems.join('\n  ')}`);
  return parsed;
}

/** Reads and checks a description file. @throws NddrError naming the file and what is wrong with it */
export async function readDescription(path: string): Promise<Description> {
  return parseDescription(await readUserJson(path), path);
}

/** What no key alone can tell: names that refer to others, and lists that belong together. */
function crossCheck({ splits, labels }: Description): string[] {
  const problems: string[] = [];
  const names = Object.keys(labels);
  if (Object.keys(splits).length === 0) problems.push('splits: names no split; expected one such as "train"');
  for (const [name, one] of Object.entries(splits)) {
    for (const key of Object.keys(one.labels)) {
      const at = `splits.${name}.labels.${key}: `;
      if (!(key in labels)) problems.push(`${at}"labels" describes no such label; ${suggest(key, names)}`);
      else if (derivedFrom(labels[key])) problems.push(`${at}the label is derived and has no files; take the line out`);
    }
    for (const [key, what] of Object.entries(labels)) {
      if (!(key in one.labels) && !derivedFrom(what) && !what.optional) {
        problems.push(`splits.${name}.labels: no pattern for "${key}"; add one, or set labels.${key}.optional to true`);
      }
    }
  }
  for (const [name, what] of Object.entries(labels)) {
    if (
      (what.kind === 'segmentation' || what.kind === 'parts') &&
      what.colours &&
      what.colours.length !== what.classes.length
    ) {
      problems.push(`labels.${name}.colours: ${what.colours.length} colours for ${what.classes.length} classes`);
    }
    if (what.kind !== 'boundaries') continue;
    if (what.from === undefined && what.thickness !== undefined) {
      problems.push(`labels.${name}.thickness: only boundaries derived "from" a segmentation label have one`);
    }
    if (what.from !== undefined && what.orientation === 'stored') {
      problems.push(`labels.${name}.orientation: derived boundaries lie as their segmentation does; take it out`);
    }
    if (what.from !== undefined && what.ignore !== undefined) {
      problems.push(
        `labels.${name}.ignore: derived boundaries are unlabelled where their segmentation is; take it out`,
      );
    }
    if (what.from !== undefined && labels[what.from]?.kind !== 'segmentation') {
      const known = names.filter((key) => labels[key].kind === 'segmentation');
      problems.push(`labels.${name}.from: "${what.from}" is no segmentation label; ${suggest(what.from, known)}`);
    }
  }
  return problems;
}

/** The segmentation label that a label is derived from, if it is. */
export const derivedFrom = (what: LabelDescription): string | undefined =>
  what.kind === 'boundaries' ? what.from : undefined;
