/** `nddr data check` */
import { Command } from 'commander';
import { checkFolder, type DataReport, type LabelReport, type SplitReport } from '../data/check.js';
import { NddrError } from '../errors.js';
import { percent, several } from '../words.js';
import { withExamples } from './examples.js';
import { descriptionOption } from './options.js';
import { openProgress, type Progress } from './progress.js';

export function dataCheckCommand(): Command {
  const command = new Command('check')
    .description('read every image and label file, report every problem at once, and count what the labels hold')
    .argument('<root>', 'the folder')
    .addOption(descriptionOption())
    .action(check);
  return withExamples(
    command,
    { line: 'data check photos', does: 'Check the folder photos by its dataset.json' },
    {
      line: 'data check /data/camvid --description examples/camvid.dataset.json',
      does: 'Check a folder by a description that lies elsewhere',
    },
  );
}

async function check(root: string, { description }: { readonly description?: string }): Promise<void> {
  let progress: Progress | undefined;
  const onProgress = (done: number, total: number) => {
    progress ??= openProgress({ title: 'check', total, unit: 'samples', start: done });
    progress.update(done);
  };
  const report = await checkFolder({ root, description, onProgress }).finally(() => progress?.close());
  console.log(showReport(report));
  const { length } = report.problems;
  if (length > 0) throw new NddrError(`${root}: ${several(length, 'problem')}`);
}

/** Problems and notes; where there is no problem, counts of every split as well. */
function showReport({ name, problems, notes, splits }: DataReport): string {
  if (problems.length > 0) return [...problems, ...notes].join('\n');
  const lines = [`${name}: every file is sound.`, ...notes];
  for (const [split, report] of Object.entries(splits)) {
    lines.push(`${split}: ${report.images} images, ${showSizes(report)}`);
    for (const [label, labelReport] of Object.entries(report.labels)) lines.push(...showLabel(label, labelReport));
  }
  return lines.join('\n');
}

const SHOWN_SIZES = 4;

function showSizes({ sizes }: SplitReport): string {
  const listed = Object.entries(sizes).map(([size, count]) => `${size} (${count})`);
  return `${listed.slice(0, SHOWN_SIZES).join(', ')}${listed.length > SHOWN_SIZES ? ', ...' : ''}`;
}

/** A line for the label, and one for each class or number, or for the depth. */
const showLabel = (name: string, report: LabelReport): string[] => [
  `  ${name}: ${coverageOf(report)}`,
  ...[...showClasses(report), ...showNumbers(report), ...showMetres(report)].map((line) => `    ${line}`),
];

function coverageOf({ kind, files, pixels, labelledPixels, numbers }: LabelReport): string {
  const share = percent(labelledPixels, pixels);
  const ofWholeImages = numbers !== undefined || kind === 'classification' || kind === 'multilabel';
  return ofWholeImages
    ? `${kind} of ${files} images, ${share} of the values known`
    : `${files} maps of ${kind}, ${share} of the pixels labelled`;
}

function showClasses({ kind, files, labelledPixels, classes = [] }: LabelReport): string[] {
  const width = Math.max(0, ...classes.map(({ name }) => name.length));
  const whole = kind === 'multilabel' ? files : labelledPixels;
  return classes.map(({ name, pixels }) => `${name.padEnd(width)} ${percent(pixels, whole).padStart(7)}`);
}

const showNumbers = ({ numbers = [] }: LabelReport): string[] =>
  numbers.map(({ name, least, most, sum, count }) => {
    if (count === 0) return `${name}: never known`;
    const [from, to, mean] = [least, most, sum / count].map((value) => Number(value.toPrecision(4)));
    return `${name}: ${from} to ${to}, mean ${mean}`;
  });

function showMetres({ metres, labelledPixels }: LabelReport): string[] {
  if (!metres || labelledPixels === 0) return [];
  const [least, most, mean] = [metres.least, metres.most, metres.sum / labelledPixels].map((one) => one.toFixed(2));
  return [`${least} to ${most} metres, mean ${mean}`];
}
