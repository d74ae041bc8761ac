// The settings of every kind of label in a `dataset.json`.
import * as z from 'zod';

const byte = z.int().min(0).max(255);
const colour = z.tuple([byte, byte, byte]).readonly();
const name = z.string().min(1);
/** A value in a file; negative ones occur in `.npy` files. */
const value = z.int().min(-65536).max(65535);
const values = z.union([value, z.array(value).readonly()]);

const optional = z
  .boolean()
  .default(false)
  .describe('Some samples, or whole splits, may lack the label; its task is neither trained nor evaluated on them');

/** Settings of all labels that are maps of pixels. */
const map = {
  optional,
  orientation: z
    .enum(['turned', 'stored'])
    .default('turned')
    .describe('Whether the pixels lie as in the image turned upright, or as in the stored one, which EXIF may turn'),
  resize: z
    .boolean()
    .default(false)
    .describe('Labels of another size than their image, but of its shape, are brought to its size: nearest pixel'),
  others: z
    .enum(['refuse', 'unlabelled'])
    .default('refuse')
    .describe(
      'How values without a meaning are treated: an index or colour without a class, a depth that is NaN, infinite or ' +
        'negative, a normal without a direction. `refuse`: the file is an error; `unlabelled`: the pixel has no label',
    ),
};

const classMap = <Kind extends string>(kind: Kind) =>
  z.strictObject({
    kind: z.literal(kind),
    classes: z.array(name).min(2).max(255).readonly().describe('Names of the classes, in their order'),
    first: value.optional().describe('The index of the first class in the files, the others follow; 0 if not given'),
    colours: z
      .array(colour)
      .readonly()
      .optional()
      .describe('[red, green, blue] of each class: for pictures, and to read files that are painted in these colours'),
    ignore: values
      .optional()
      .describe('The index in the files that means unlabelled, or several; 255 if not given and no class has it'),
    from: name
      .optional()
      .describe('Derived: the name of another class map; `map` then leads from its classes to these'),
    map: z
      .record(name, name.nullable())
      .optional()
      .describe(
        'What the files hold, an index ("7") or a colour ("#804080"), to the name of its class, or null where it means ' +
          'unlabelled; several may lead to one class. With `from` the names of the other classes to the names of these',
      ),
    coding: z
      .enum(['indices', 'colours'])
      .optional()
      .describe('Whether RGB files hold `colours` or grey indices, for the few that could be either'),
    ...map,
  });

export const AXES = ['x', '-x', 'y', '-y', 'z', '-z'] as const;
export type Axis = (typeof AXES)[number];

const normals = z.strictObject({
  kind: z.literal('normals'),
  encoding: z
    .enum(['rgb', 'vector'])
    .optional()
    .describe(
      'How a unit vector n is written: `rgb` as (n + 1) / 2 of the full range, `vector` as it is. If not given, .npy ' +
        'files of fractions hold `vector` and all others `rgb`',
    ),
  yAxis: z.enum(['up', 'down']).optional().describe('Where the y of the files points; up if not given'),
  axes: z
    .array(z.enum(AXES))
    .length(3)
    .readonly()
    .optional()
    .describe(
      'What the three channels of the files hold, in their order; x to the right, y up, z to the viewer. ' +
        '["x", "-y", "z"] is yAxis down',
    ),
  unlabelled: z
    .tuple([z.int().min(0), z.int().min(0), z.int().min(0)])
    .readonly()
    .optional()
    .describe('The colour in the files that means unlabelled'),
  ...map,
});
const depth = z.strictObject({
  kind: z.literal('depth'),
  metresPerValue: z
    .number()
    .positive()
    .describe('Metres that one unit in the files stands for: 0.001 for millimetres, 1 for metres'),
  invalid: z
    .union([z.number(), z.array(z.number()).readonly()])
    .optional()
    .describe('The value in the files that means unlabelled, or several; 0 always does'),
  maximum: z.number().positive().optional().describe('Metres; what lies beyond is unlabelled'),
  ...map,
});
const boundaries = z.strictObject({
  kind: z.literal('boundaries'),
  from: name.optional().describe('Derived: the name of the class map at whose borders the boundaries lie'),
  thickness: z.int().min(1).max(15).optional().describe('Pixels across a derived boundary; 2 if not given'),
  threshold: z
    .int()
    .min(1)
    .max(65535)
    .optional()
    .describe('The least value in the files that means boundary; 1 if not given'),
  soft: z
    .never({ error: 'boundaries are trained and evaluated as yes or no; set "threshold", such as 128, instead' })
    .optional(),
  ignore: values.optional().describe('The value in the files that means unlabelled, or several'),
  ...map,
});
const saliency = z.strictObject({
  kind: z.literal('saliency'),
  threshold: z
    .int()
    .min(1)
    .max(65535)
    .optional()
    .describe('The least value in the files that means salient; 128 if not given'),
  from: z
    .string({ error: 'expected the name of a class map; the least value that means salient is called "threshold"' })
    .min(1)
    .optional()
    .describe('Derived: the name of a class map; `positive` or `not` says which of its classes are salient'),
  positive: z.array(name).min(1).readonly().optional().describe('The classes that are salient; all others are not'),
  not: z.array(name).min(1).readonly().optional().describe('The classes that are not salient; all others are'),
  ignore: values.optional().describe('The value in the files that means unlabelled, or several'),
  ...map,
});

// Labels of the image as a whole stand in a table, a line for each image.
const table = {
  file: name.optional().describe('The column of the image files; found by its name, such as "file", if not given'),
  unknown: z
    .array(z.union([z.number(), z.string()]))
    .readonly()
    .optional()
    .describe('Values that mean unknown, such as -1 or "NA", beside an empty cell'),
  optional,
};
const classes = z.array(name).min(2).readonly().describe('Names of the classes');
const classification = z.strictObject({
  kind: z.literal('classification'),
  classes,
  column: name.optional().describe('The column with the name of the class; the name of the label if not given'),
  ...table,
});
const multilabel = z.strictObject({
  kind: z.literal('multilabel'),
  classes,
  column: name
    .optional()
    .describe('The column that lists what an image shows; if not given every class has a column: 1, 0 or nothing'),
  ...table,
});
const regression = z.strictObject({
  kind: z.literal('regression'),
  names: z
    .array(name)
    .min(1)
    .readonly()
    .optional()
    .describe('The columns of the numbers; one, named like the label, if not given'),
  unit: z.string().default('').describe('Of the numbers, such as "years"'),
  ...table,
});

export const label = z.discriminatedUnion('kind', [
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

export type LabelDescription = z.output<typeof label>;
export type LabelOf<Kind extends LabelDescription['kind']> = Extract<LabelDescription, { kind: Kind }>;

/** Labels of the image as a whole, from a table. */
export type TableLabel = LabelOf<'classification' | 'multilabel' | 'regression'>;
/** Labels that are maps of pixels. */
export type MapLabel = Exclude<LabelDescription, TableLabel>;
/** Maps of one class a pixel. */
export type ClassMapLabel = LabelOf<'segmentation' | 'parts'>;

export const isTableKind = (kind: LabelDescription['kind']): kind is TableLabel['kind'] =>
  kind === 'classification' || kind === 'multilabel' || kind === 'regression';

export const isTableLabel = (what: LabelDescription): what is TableLabel => isTableKind(what.kind);

export const isClassMap = (what: LabelDescription | undefined): what is ClassMapLabel =>
  what?.kind === 'segmentation' || what?.kind === 'parts';

/** The label that a label is derived from, if it is. */
export const derivedFrom = (what: LabelDescription | undefined): string | undefined =>
  what && 'from' in what ? what.from : undefined;

/** The least value of a file that means yes where the description names none. */
export const usualThreshold = (kind: 'boundaries' | 'saliency'): number => (kind === 'boundaries' ? 1 : 128);

/** Pixels across a derived boundary where the description names none: one on each side of the border. */
export const USUAL_THICKNESS = 2;

/** A list as descriptions write it: a list of one value is written as the value. */
export const oneOrList = <Value>(list: readonly Value[]): Value | Value[] => (list.length === 1 ? list[0] : [...list]);

/** One value, several or none, as a list. */
export const listOf = <Value>(given: Value | readonly Value[] | undefined): readonly Value[] =>
  given === undefined ? [] : Array.isArray(given) ? given : [given as Value];
