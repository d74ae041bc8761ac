/** nddr predict, nddr export */
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Exported, exportRun, JUDGED_IMAGES } from '../experiments/export.js';
import { openRun } from '../experiments/judge.js';
import type { ModuleAccess } from '../experiments/module-access.js';
import { LONGEST_PIXELS, type Predicted, predictRun } from '../experiments/predict.js';
import type { Large } from '../experiments/prediction/answer.js';
import { LEAST_TILE } from '../experiments/prediction/tiles.js';
import { tasksOf } from '../experiments/setup.js';
import type { Which } from '../experiments/weights.js';
import { several } from '../words.js';
import { allowModuleOption } from './allow-module.js';
import { overrideOption, weightsOption } from './eval.js';
import { onInterrupt } from './interrupt.js';
import { openProgress } from './progress.js';
import { showValues } from './show.js';

/** A whole number of at least so many. */
export const atLeast =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least)
      throw new InvalidArgumentError(`expected a whole number of at least ${least}.`);
    return value;
  };

export const useCommands = (): Command[] => [predictCommand(), exportCommand()];

interface PredictFlags extends ModuleAccess {
  readonly out: string;
  readonly npy?: true;
  readonly longest: number;
  readonly large: Large;
  readonly weights: Which;
  readonly set?: string[];
}

function predictCommand(): Command {
  return new Command('predict')
    .description('answer questions about images: a picture and a raw map or JSON for each task')
    .argument('<run>', 'folder of the run')
    .argument('<images...>', 'image files, folders, or patterns in quotes; of any size')
    .option('--out <folder>', 'where the answers go', 'predictions')
    .option('--npy', 'also write every answer as float32 in a .npy file')
    .option(
      '--longest <pixels>',
      'the longer side of what the network sees at once',
      atLeast(LEAST_TILE),
      LONGEST_PIXELS,
    )
    .addOption(
      new Option('--large <how>', 'larger images: in tiles that overlap and are blended, or reduced to --longest')
        .choices(['tiles', 'reduce'])
        .default('tiles'),
    )
    .addOption(weightsOption())
    .addOption(overrideOption())
    .addOption(allowModuleOption())
    .action(predict);
}

async function predict(
  path: string,
  inputs: string[],
  { out, npy, longest, large, weights, set, allowModule }: PredictFlags,
): Promise<void> {
  let progress: ReturnType<typeof openProgress> | undefined;
  const say = (line: string) => (progress ? progress.message(line) : console.error(line));
  const interruption = onInterrupt(say, 'Stopping after this image.');
  const { signal } = interruption;
  const answered: Predicted[] = [];
  const failed: string[] = [];
  const wanted = { path, inputs, out, which: weights, npy, longestPixels: longest, large, set, allowModule, signal };
  try {
    for await (const event of predictRun(wanted)) {
      if (event.type === 'found') {
        for (const note of event.notes) say(note);
        progress = openProgress({ title: 'predict', total: event.total, unit: 'images' });
      } else if (event.type === 'stopped') {
        say(`Stopped after ${event.done} of ${event.total} images; what was written stays.`);
        process.exitCode = 130;
      } else if (event.type === 'failed') {
        failed.push(event.reason);
        progress?.update(event.done);
      } else {
        const { shown, pages, told, input, done } = event;
        if (shown.kind === 'tiles' && !answered.some((one) => one.shown.kind === 'tiles'))
          say(`${input}: larger than ${longest} pixels, answered in ${shown.count} tiles (--large reduce: at once)`);
        if (shown.kind === 'reduced' && !answered.some((one) => one.shown.kind === 'reduced'))
          say(`${input}: larger than ${longest} pixels, reduced to ${shown.width}x${shown.height}, answers enlarged`);
        if (pages > 1 && !answered.some((one) => one.pages > 1))
          say(`${input}: has ${pages} pages or frames, the first is answered`);
        const lines = Object.entries(told).map(([task, words]) => `${task} ${words}`);
        if (lines.length > 0) say(`${input}: ${lines.join('; ')}`);
        answered.push(event);
        progress?.update(done);
      }
    }
  } finally {
    progress?.close();
    interruption.close();
  }
  console.log(summary(answered, out));
  if (failed.length === 0) return;
  console.error(`error: ${several(failed.length, 'image')} could not be answered:\n${failed.join('\n')}`);
  process.exitCode ??= 1;
}

function summary(answered: readonly Predicted[], out: string): string {
  const files = answered.reduce((sum, one) => sum + one.files.length, 0);
  const counts = [
    [answered.filter(({ shown }) => shown.kind === 'tiles').length, 'in tiles'],
    [answered.filter(({ shown }) => shown.kind === 'reduced').length, 'reduced'],
    [answered.filter(({ pages }) => pages > 1).length, 'of several pages, the first only'],
  ] as const;
  const how = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const detail = how.length > 0 ? ` (${how.join(', ')})` : '';
  return `${several(answered.length, 'image')} answered${detail}; ${several(files, 'file')} written to ${out}`;
}

interface ExportFlags extends ModuleAccess {
  readonly out?: string;
  readonly weights: Which;
  readonly fp16?: true;
  readonly images: number;
  readonly set?: string[];
}

function exportCommand(): Command {
  return new Command('export')
    .description('write the trained network as an ONNX model, which is checked before it takes its name')
    .argument('<run>', 'folder of the run')
    .option('--out <file>', 'the model; RUN/model.onnx by default')
    .option('--fp16', 'store the weights as float16: half the size, images and answers stay float32')
    .option('--images <count>', 'images of the evaluation split to judge the file on', atLeast(0), JUDGED_IMAGES)
    .addOption(weightsOption())
    .addOption(overrideOption())
    .addOption(allowModuleOption())
    .action(async (path: string, { out, weights, fp16, images, set, allowModule }: ExportFlags) => {
      const interruption = onInterrupt((line) => console.error(line), 'Stopping; nothing will be written.');
      const { signal } = interruption;
      const options = {
        which: weights,
        out,
        images,
        weights: fp16 ? 'float16' : 'float32',
        set,
        allowModule,
        signal,
      } as const;
      try {
        show(await exportRun(path, options), tasksOf((await openRun(path)).config), fp16);
      } catch (error) {
        if (!signal.aborted) throw error;
        console.error('Stopped before the model was checked; nothing was written.');
        process.exitCode = 130;
      } finally {
        interruption.close();
      }
    });
}

function show(
  { path, bytes, differences, judged, notJudged }: Exported,
  tasks: ReturnType<typeof tasksOf>,
  fp16 = false,
) {
  console.log(`${path}: ${(bytes / 2 ** 20).toFixed(1)} MiB${fp16 ? ', weights in float16' : ''}`);
  const list = Object.entries(differences).map(
    ([task, { largest, mean }]) => `${task} ${largest.toExponential(1)} (mean ${mean.toExponential(1)})`,
  );
  console.log(`largest difference from the network in training form: ${list.join(', ')}`);
  if (notJudged) console.log(`not judged on images: ${notJudged}`);
  if (!judged) return;
  console.log(`on ${judged.images} images of "${judged.split}":`);
  console.log(`  the network  ${showValues(tasks, judged.network)}`);
  console.log(`  the file     ${showValues(tasks, judged.file)}`);
}
