import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError, Option } from 'commander';
import { checkFolder, type DataReport, type LabelReport } from '../data/check.js';
import { describeFolder, openFolder } from '../data/folder.js';
import { encodePng } from '../data/image.js';
import { initDescription, type Patterns } from '../data/init.js';
import { type Axis, USUAL_THICKNESS } from '../data/label-kinds.js';
import { drawPreview } from '../data/preview.js';
import { NddrError } from '../errors.js';
import { expectFolderOf, writeJson, writeWhole } from '../files.js';
import { percent, several } from '../words.js';
import { numberFrom, wholeFrom } from './options.js';

/** `nddr data`: describe, check and look at a folder of images and labels. */
export function dataCommand(): Command {
  const data = new Command('data').description('describe, check and look at a folder of images and labels');
  data.addCommand(initCommand()).addCommand(checkCommand()).addCommand(previewCommand());
  return data;
}

const description = () => new Option('--description <file>', 'the description, if it is not ROOT/dataset.json');

function pattern(value: string, before: Patterns = {}): Patterns {
  const [split, ...rest] = value.split('=');
  if (!split || rest.length === 0)
    throw new InvalidArgumentError(`expected SPLIT=PATTERN, such as 'train=image/*.jpg'.`);
  return { ...before, [split]: rest.join('=') };
}

/** Whole numbers with commas between. */
function wholeNumbers(value: string): number[] {
  const read = value.split(',').map((one) => (one.trim() === '' ? Number.NaN : Number(one)));
  if (read.every(Number.isInteger)) return read;
  throw new InvalidArgumentError('expected a whole number, or several with commas between, such as 0,255.');
}

/** `0=background,255=object,7=`: what the files hold, and the class; nothing for unlabelled. */
function meanings(value: string, before: Record<string, string | null> = {}): Record<string, string | null> {
  const map = { ...before };
  for (const one of value.split(',')) {
    const [key, name, ...rest] = one.split('=').map((text) => text.trim());
    if (!key || name === undefined || rest.length > 0) {
      throw new InvalidArgumentError("expected VALUE=CLASS, such as '0=background,255=object' or '#804080=road'.");
    }
    map[key] = name || null;
  }
  return map;
}

/** Three axes, such as `x,-z,y`. */
const axesOf = (value: string) => value.split(',').map((axis) => axis.trim()) as Axis[];

interface InitFlags {
  name?: string;
  images?: Patterns;
  segmentation?: Patterns;
  normals?: Patterns;
  depth?: Patterns;
  boundaries?: Patterns;
  parts?: Patterns;
  saliency?: Patterns;
  classification?: Patterns;
  multilabel?: Patterns;
  regression?: Patterns;
  classes?: string;
  ignore?: number[];
  first?: number;
  map?: Record<string, string | null>;
  others?: 'unlabelled';
  threshold?: number;
  metresPerValue?: number;
  invalid?: number[];
  maximum?: number;
  normalsY?: 'up' | 'down';
  axes?: Axis[];
  deriveBoundaries?: number | true;
  maxMegapixels?: number;
  force?: true;
}

function initCommand(): Command {
  const of = (kind: string) => `pattern of the ${kind}, by split; may be given several times`;
  const table = (what: string) => `.csv or .json with a ${what} for each image, as TABLE#COLUMN where it has several`;
  return new Command('init')
    .description('write ROOT/dataset.json; what no flag says is guessed from the folders and the label files')
    .argument('<root>', 'the folder')
    .option('--name <name>', 'name of the data set; the name of the folder, if not given')
    .option('--images <split=pattern>', of('images'), pattern)
    .option('--segmentation <split=pattern>', of('class maps'), pattern)
    .option('--normals <split=pattern>', of('surface normals'), pattern)
    .option('--depth <split=pattern>', of('depth maps'), pattern)
    .option('--boundaries <split=pattern>', of('boundary maps'), pattern)
    .option('--parts <split=pattern>', of('maps of parts'), pattern)
    .option('--saliency <split=pattern>', of('saliency maps'), pattern)
    .option('--classification <split=table>', table('name of the class'), pattern)
    .option('--multilabel <split=table>', table('list of what is shown'), pattern)
    .option('--regression <split=table>', table('number'), pattern)
    .option('--classes <names>', 'names of the classes, in the order of their indices, with commas between')
    .option('--first <index>', 'index of the first class in the class maps', wholeFrom(0))
    .option('--ignore <indices>', 'index in the maps that means unlabelled, or several with commas', wholeNumbers)
    .option('--map <value=class,...>', "classes of indices or colours, as '0=wall,#804080=road,255='", meanings)
    .addOption(new Option('--others <what>', 'leave out all other values, which mean nothing').choices(['unlabelled']))
    .option('--threshold <value>', 'least value of boundary or saliency maps that means yes', wholeFrom(1))
    .option('--metres-per-value <number>', 'metres that one unit of the depth maps stands for', numberFrom(0))
    .option('--invalid <values>', 'value of the depth maps that means unknown, or several with commas', wholeNumbers)
    .option('--maximum <metres>', 'depth beyond which pixels are unlabelled', numberFrom(0))
    .addOption(new Option('--normals-y <axis>', 'where y of the normals points').choices(['up', 'down']))
    .option('--axes <axes>', 'what the channels of the normals hold, such as x,-z,y', axesOf)
    .option('--derive-boundaries [pixels]', 'derive boundaries of this thickness from the class maps', wholeFrom(1))
    .option('--max-megapixels <number>', 'of the largest images and label maps; 100, if not given', numberFrom(0.001))
    .option('--force', 'replace a dataset.json that is there')
    .action(async (root: string, flags: InitFlags) => {
      const path = join(root, 'dataset.json');
      if (existsSync(path) && !flags.force) {
        throw new NddrError(`${path}: is there already; change it by hand, or give --force to replace it`);
      }
      const found = await initDescription(root, {
        name: flags.name,
        images: flags.images,
        labels: flags,
        classes: flags.classes?.split(',').map((name) => name.trim()),
        first: flags.first,
        ignore: flags.ignore,
        map: flags.map,
        others: flags.others,
        threshold: flags.threshold,
        metresPerValue: flags.metresPerValue,
        invalid: flags.invalid,
        maximum: flags.maximum,
        yAxis: flags.normalsY,
        axes: flags.axes,
        deriveBoundaries: flags.deriveBoundaries === true ? USUAL_THICKNESS : flags.deriveBoundaries,
        maxMegapixels: flags.maxMegapixels,
      });
      await writeJson(path, found.description);
      console.log([`Wrote ${path}.`, ...found.notes, `Next: npx nddr data check ${root}`].join('\n'));
    });
}

function checkCommand(): Command {
  return new Command('check')
    .description('read every file and report every problem at once')
    .argument('<root>', 'the folder')
    .addOption(description())
    .action(async (root: string, flags: { description?: string }) => {
      const bar = new SingleBar({
        format: '{bar} {value}/{total} samples, {eta_formatted} left',
        clearOnComplete: true,
        noTTYOutput: true,
        notTTYSchedule: 5000,
      });
      bar.start(1, 0);
      const onProgress = (done: number, total: number) => {
        bar.setTotal(total);
        bar.update(done);
      };
      const report = await checkFolder({ root, description: flags.description, onProgress }).finally(() => bar.stop());
      console.log(showReport(report));
      const { length } = report.problems;
      if (length > 0) throw new NddrError(`${root}: ${several(length, 'problem')}`);
    });
}

function previewCommand(): Command {
  return new Command('preview')
    .description('draw samples with their labels into one picture')
    .argument('<root>', 'the folder')
    .addOption(description())
    .option('--split <name>', 'which split; the first one, if not given')
    .option('--count <number>', 'samples to draw', wholeFrom(1), 6)
    .option('--out <file>', 'the PNG file to write', 'preview.png')
    .action(async (root: string, flags: { description?: string; split?: string; count: number; out: string }) => {
      expectFolderOf(flags.out, '--out');
      const folder = { root, description: await describeFolder({ root, description: flags.description }) };
      const split = flags.split ?? Object.keys(folder.description.splits)[0];
      const { sheet, columns, ids, legends } = await drawPreview(await openFolder({ ...folder, split }), flags.count);
      await writeWhole(flags.out, [await encodePng(sheet)]);
      console.log(`Wrote ${flags.out}: ${ids.length} samples of ${split}, one a row (${ids.join(', ')}).`);
      console.log(`Columns: ${columns.join(' | ')}`);
      for (const [label, legend] of Object.entries(legends)) {
        const entries = legend.map(({ label: name, colour }) => `${name} (${colour.join(' ')})`);
        if (entries.length > 0) console.log(`${label}: ${entries.join(', ')}`);
      }
    });
}

function showLabel(name: string, report: LabelReport): string[] {
  const { kind, files, pixels, labelledPixels, classes, metres, numbers } = report;
  const whole = numbers !== undefined || kind === 'classification' || kind === 'multilabel';
  const lines = [
    whole
      ? `  ${name}: ${kind} of ${files} images, ${percent(labelledPixels, pixels)} of the values known`
      : `  ${name}: ${files} maps of ${kind}, ${percent(labelledPixels, pixels)} of the pixels labelled`,
  ];
  const width = Math.max(0, ...(classes ?? []).map((one) => one.name.length));
  for (const one of classes ?? []) {
    const of = kind === 'multilabel' ? files : labelledPixels;
    lines.push(`    ${one.name.padEnd(width)} ${percent(one.pixels, of).padStart(7)}`);
  }
  for (const { name: number, least, most, sum, count } of numbers ?? []) {
    const [from, to, mean] = [least, most, sum / count].map((value) => Number(value.toPrecision(4)));
    const range = `${from} to ${to}, mean ${mean}`;
    lines.push(`    ${number}: ${count > 0 ? range : 'never known'}`);
  }
  if (metres && labelledPixels > 0) {
    const mean = metres.sum / labelledPixels;
    lines.push(`    ${metres.least.toFixed(2)} to ${metres.most.toFixed(2)} metres, mean ${mean.toFixed(2)}`);
  }
  return lines;
}

function showReport({ name, problems, notes, splits }: DataReport): string {
  if (problems.length > 0) return [...problems, ...notes].join('\n');
  const lines = [`${name}: every file is sound.`, ...notes];
  for (const [split, { images, sizes, labels }] of Object.entries(splits)) {
    const listed = Object.entries(sizes).map(([size, count]) => `${size} (${count})`);
    lines.push(`${split}: ${images} images, ${listed.slice(0, 4).join(', ')}${listed.length > 4 ? ', ...' : ''}`);
    for (const [label, report] of Object.entries(labels)) lines.push(...showLabel(label, report));
  }
  return lines.join('\n');
}
