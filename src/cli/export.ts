/** `nddr export` */
import { Command, Option } from 'commander';
import { type Exported, exportRun, JUDGED_IMAGES } from '../experiments/export.js';
import type { ModuleAccess } from '../experiments/module-access.js';
import { openRun } from '../experiments/open-run.js';
import { tasksOf } from '../experiments/setup.js';
import type { WeightsChoice } from '../experiments/weights.js';
import type { Task } from '../tasks/task.js';
import { several } from '../words.js';
import { withExamples } from './examples.js';
import { onInterrupt } from './interrupt.js';
import { allowModuleOption, numberOption, overrideOption, weightsOption } from './options.js';
import { showValues } from './show.js';

interface Flags extends ModuleAccess {
  readonly out?: string;
  readonly weights: WeightsChoice;
  readonly fp16?: true;
  readonly images: number;
  readonly set?: string[];
}

export function exportCommand(): Command {
  const command = new Command('export')
    .description('write the trained network as an ONNX model; the file is compared with the network before it is kept')
    .argument('<run>', 'folder of the run')
    .addOption(new Option('--out <file>', 'the model').default(undefined, 'RUN/model.onnx'))
    .option('--fp16', 'store the weights as float16: half the size; images and answers stay float32')
    .option(
      '--images <count>',
      'on how many images of the evaluation split the file is compared with the network',
      numberOption({ whole: true, least: 0 }),
      JUDGED_IMAGES,
    )
    .addOption(weightsOption('best'))
    .addOption(overrideOption())
    .addOption(allowModuleOption())
    .action(async (path: string, { out, weights, fp16, images, set, allowModule }: Flags) => {
      const interruption = onInterrupt((line) => console.error(line), 'Stopping; nothing will be written.');
      const { signal } = interruption;
      const options = {
        weights,
        out,
        images,
        storage: fp16 ? 'float16' : 'float32',
        set,
        allowModule,
        signal,
      } as const;
      try {
        showExported(await exportRun(path, options), tasksOf((await openRun(path)).config), fp16);
      } catch (error) {
        if (!signal.aborted) throw error;
        console.error('Stopped before the model was checked; nothing was written.');
        process.exitCode = 130;
      } finally {
        interruption.close();
      }
    });
  return withExamples(
    command,
    { line: 'export runs/rooms', does: 'Write the best weights as runs/rooms/model.onnx' },
    {
      line: 'export runs/rooms --out small.onnx --fp16 --weights last --images 50',
      does: 'Write the latest weights in half the size, and compare the file with the network on 50 images',
    },
    {
      line: 'export downloads/run --set data.root=/data/camvid --allow-module',
      does: 'Export a run from elsewhere, with the folder of its images here, whose backbone is a module that you trust',
    },
  );
}

function showExported(
  { path, bytes, differences, judged, notJudged }: Exported,
  tasks: readonly Task[],
  fp16 = false,
): void {
  console.log(`${path}: ${(bytes / 2 ** 20).toFixed(1)} MiB${fp16 ? ', weights in float16' : ''}`);
  const list = Object.entries(differences).map(
    ([task, { largest, mean }]) => `${task} ${largest.toExponential(1)} (mean ${mean.toExponential(1)})`,
  );
  console.log(`largest difference from the network in training form: ${list.join(', ')}`);
  if (notJudged) console.log(`not judged on images: ${notJudged}`);
  if (!judged) return;
  console.log(`on ${several(judged.images, 'image')} of "${judged.split}":`);
  console.log(`  the network  ${showValues(tasks, judged.network)}`);
  console.log(`  the file     ${showValues(tasks, judged.file)}`);
}
