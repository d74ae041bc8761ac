/** nddr predict */
import { Command, Option } from 'commander';
import type { ModuleAccess } from '../experiments/module-access.js';
import { LONGEST_PIXELS, type Predicted, predictRun } from '../experiments/predict.js';
import type { Large } from '../experiments/prediction/answer.js';
import { LEAST_TILE } from '../experiments/prediction/tiles.js';
import type { WeightsChoice } from '../experiments/weights.js';
import { several } from '../words.js';
import { onInterrupt } from './interrupt.js';
import { allowModuleOption, overrideOption, weightsOption, wholeFrom } from './options.js';
import { openProgress } from './progress.js';

interface Flags extends ModuleAccess {
  readonly out: string;
  readonly npy?: true;
  readonly longest: number;
  readonly large: Large;
  readonly weights: WeightsChoice;
  readonly set?: string[];
}

export function predictCommand(): Command {
  return new Command('predict')
    .description('answer questions about images: a picture and a raw map or JSON for each task')
    .argument('<run>', 'folder of the run')
    .argument('<images...>', 'image files, folders, or patterns in quotes; of any size')
    .option('--out <folder>', 'where the answers go', 'predictions')
    .option('--npy', 'also write every answer as float32 in a .npy file')
    .option(
      '--longest <pixels>',
      'the longer side of what the network sees at once',
      wholeFrom(LEAST_TILE),
      LONGEST_PIXELS,
    )
    .addOption(
      new Option('--large <how>', 'larger images: in tiles that overlap and are blended, or reduced to --longest')
        .choices(['tiles', 'reduce'])
        .default('tiles'),
    )
    .addOption(weightsOption('best'))
    .addOption(overrideOption())
    .addOption(allowModuleOption())
    .action(predict);
}

async function predict(
  path: string,
  inputs: string[],
  { out, npy, longest, large, weights, set, allowModule }: Flags,
): Promise<void> {
  let progress: ReturnType<typeof openProgress> | undefined;
  const say = (line: string) => (progress ? progress.message(line) : console.error(line));
  const interruption = onInterrupt(say, 'Stopping after this image.');
  const { signal } = interruption;
  const answered: Predicted[] = [];
  const failed: string[] = [];
  const wanted = { path, inputs, out, weights, npy, longestPixels: longest, large, set, allowModule, signal };
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
        const { shown, pages, words, input, done } = event;
        if (shown.kind === 'tiles' && !answered.some((one) => one.shown.kind === 'tiles'))
          say(`${input}: larger than ${longest} pixels, answered in ${shown.count} tiles (--large reduce: at once)`);
        if (shown.kind === 'reduced' && !answered.some((one) => one.shown.kind === 'reduced'))
          say(`${input}: larger than ${longest} pixels, reduced to ${shown.width}x${shown.height}, answers enlarged`);
        if (pages > 1 && !answered.some((one) => one.pages > 1))
          say(`${input}: has ${pages} pages or frames, the first is answered`);
        const lines = Object.entries(words).map(([task, answer]) => `${task} ${answer}`);
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
