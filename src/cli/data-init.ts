/** `nddr data init` */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { LabelDescription } from '../data/description.js';
import { type InitOptions, initDescription, type Patterns } from '../data/init.js';
import { AXES, type Axis, USUAL_THICKNESS } from '../data/label-kinds.js';
import { MAX_MEGAPIXELS } from '../data/limits.js';
import { NddrError } from '../errors.js';
import { writeJson } from '../files.js';
import { withExamples } from './examples.js';
import { numberOption, numbersOption } from './options.js';

type Kind = LabelDescription['kind'];

const PATTERN = 'as SPLIT=PATTERN; may be given several times';
const TABLE = 'as SPLIT=TABLE or SPLIT=TABLE#COLUMN';

/** What the option of each kind of label names. */
const LABEL_OPTIONS: Readonly<Record<Kind, readonly [value: string, description: string]>> = {
  segmentation: ['split=pattern', `files of class maps, ${PATTERN}`],
  normals: ['split=pattern', `files of surface normals, ${PATTERN}`],
  depth: ['split=pattern', `files of depth maps, ${PATTERN}`],
  boundaries: ['split=pattern', `files of boundary maps, ${PATTERN}`],
  parts: ['split=pattern', `files of maps of parts, ${PATTERN}`],
  saliency: ['split=pattern', `files of saliency maps, ${PATTERN}`],
  classification: ['split=table', `a .csv or .json with the name of a class for each image, ${TABLE}`],
  multilabel: ['split=table', `a .csv or .json with a list of what each image shows, ${TABLE}`],
  regression: ['split=table', `a .csv or .json with a number for each image, ${TABLE}`],
};

interface Flags
  extends Partial<Record<Kind, Patterns>>,
    Omit<InitOptions, 'labels' | 'classes' | 'yAxis' | 'deriveBoundaries'> {
  readonly classes?: readonly string[];
  readonly normalsY?: 'up' | 'down';
  readonly deriveBoundaries?: number | true;
  readonly force?: true;
}

export function dataInitCommand(): Command {
  const wholeNumbers = numbersOption({ whole: true, example: '0,255' });
  const command = new Command('init')
    .description('write ROOT/dataset.json; what no option says is guessed from the folders and the label files')
    .argument('<root>', 'the folder')
    .addOption(new Option('--name <name>', 'name of the data set').default(undefined, 'the name of the folder'))
    .option('--images <split=pattern>', `the image files, ${PATTERN}`, patternOf);
  for (const [kind, [value, description]] of Object.entries(LABEL_OPTIONS))
    command.option(`--${kind} <${value}>`, description, patternOf);
  command
    .option('--classes <names>', 'names of the classes, in the order of their indices, with commas between', namesIn)
    .option('--first <index>', 'index of the first class in the class maps', numberOption({ whole: true, least: 0 }))
    .option(
      '--ignore <indices>',
      'index in the maps that means unlabelled, or several with commas between',
      wholeNumbers,
    )
    .option(
      '--map <value=class,...>',
      'class of each index or colour in the class maps; nothing after "=" means unlabelled; may be given several times',
      classMapOf,
    )
    .addOption(
      new Option('--others <what>', 'treat values without a meaning as unlabelled, not as an error').choices([
        'unlabelled',
      ]),
    )
    .option(
      '--threshold <value>',
      'least value of boundary or saliency maps that means yes',
      numberOption({ whole: true, least: 1 }),
    )
    .option('--metres-per-value <number>', 'metres of one unit of the depth maps', numberOption({ above: 0 }))
    .option(
      '--invalid <values>',
      'value of the depth maps that means unknown, or several with commas between',
      wholeNumbers,
    )
    .option('--maximum <metres>', 'depth beyond which pixels are unlabelled', numberOption({ above: 0 }))
    .addOption(new Option('--normals-y <direction>', 'where y of the normals points').choices(['up', 'down']))
    .option('--axes <axes>', 'axes that the three channels of the normals hold, such as x,-z,y', axesIn)
    .option(
      '--derive-boundaries [pixels]',
      `derive boundaries of this thickness from the class maps; ${USUAL_THICKNESS} pixels where no number is given`,
      numberOption({ whole: true, least: 1 }),
    )
    .addOption(
      new Option('--max-megapixels <number>', 'size of the largest images and label maps, in millions of pixels')
        .argParser(numberOption({ above: 0 }))
        .default(undefined, String(MAX_MEGAPIXELS)),
    )
    .option('--force', 'replace a dataset.json that exists')
    .action(init);
  return withExamples(
    command,
    { line: 'data init photos', does: 'Describe the folder photos by the names of its folders and its label files' },
    {
      line:
        "data init photos --images 'train=photos/*.jpg' --segmentation 'train=masks/*_L.png' " +
        '--classes wall,floor,things --first 1 --ignore 0,255 --derive-boundaries 3 --force',
      does: 'Say where the files are and what the indices in the class maps mean; replace the description',
    },
    {
      line: "data init people --parts 'train=parts/*.png' --map '0=background,#804080=arm,255=' --others unlabelled",
      does: 'Name the indices and colours of the class maps one by one; all others are unlabelled',
    },
    {
      line:
        "data init scans --depth 'train=depth/*.png' --metres-per-value 0.001 --invalid 65535 --maximum 20 " +
        "--normals 'train=normals/*.png' --normals-y down",
      does: 'Describe depth in millimetres up to 20 m, and normals whose y points down',
    },
    {
      line: "data init scans --name city --normals 'train=normals/*.png' --axes x,-z,y --max-megapixels 200",
      does: 'Describe normals in other axes, and allow images of up to 200 megapixels',
    },
    {
      line: "data init birds --boundaries 'train=edges/*.png' --saliency 'train=salient/*.png' --threshold 128",
      does: 'Describe boundary and saliency maps in which values from 128 on mean yes',
    },
    {
      line:
        "data init faces --classification 'train=faces.csv#mood' --multilabel 'train=faces.csv#shown' " +
        "--regression 'train=faces.csv#age'",
      does: 'Read labels of whole images from the columns of a table',
    },
  );
}

async function init(root: string, { force, normalsY, deriveBoundaries, ...flags }: Flags): Promise<void> {
  const path = join(root, 'dataset.json');
  if (existsSync(path) && !force)
    throw new NddrError(`${path}: exists already; change it by hand, or give --force to replace it`);
  const { description, notes } = await initDescription(root, {
    ...flags,
    labels: flags,
    yAxis: normalsY,
    deriveBoundaries: deriveBoundaries === true ? USUAL_THICKNESS : deriveBoundaries,
  });
  await writeJson(path, description);
  console.log([`Wrote ${path}.`, ...notes, `Next: npx nddr data check ${root}`].join('\n'));
}

/** `train=image/*.jpg`, added to the patterns of the other splits. @throws InvalidArgumentError */
function patternOf(value: string, before: Patterns = {}): Patterns {
  const at = value.indexOf('=');
  if (at > 0) return { ...before, [value.slice(0, at)]: value.slice(at + 1) };
  throw new InvalidArgumentError(`expected SPLIT=PATTERN, such as 'train=image/*.jpg'.`);
}

/** `0=background,255=object,7=`, added to the values before; a value without a class means unlabelled. */
function classMapOf(value: string, before: Record<string, string | null> = {}): Record<string, string | null> {
  const map = { ...before };
  for (const one of value.split(',')) {
    const [key, name, ...rest] = one.split('=').map((text) => text.trim());
    if (!key || name === undefined || rest.length > 0)
      throw new InvalidArgumentError("expected VALUE=CLASS, such as '0=background,255=object' or '#804080=road'.");
    map[key] = name || null;
  }
  return map;
}

const namesIn = (value: string): string[] => value.split(',').map((name) => name.trim());

/** `x,-z,y`. @throws InvalidArgumentError where these are not three axes */
function axesIn(value: string): Axis[] {
  const axes = namesIn(value).filter((name): name is Axis => (AXES as readonly string[]).includes(name));
  if (axes.length === 3 && namesIn(value).length === 3) return axes;
  throw new InvalidArgumentError(`expected three of ${AXES.join(', ')}, such as x,-z,y.`);
}
