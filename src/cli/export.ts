/** `nddr export` */
import { Command, Option } from 'commander';
import { NddrError } from '../errors.js';
import { type Exported, exportRun, JUDGED_IMAGES } from '../experiments/export.js';
import { exportWeb } from '../experiments/export-web.js';
import { exportWeights } from '../experiments/export-weights.js';
import type { ModuleAccess } from '../experiments/module-access.js';
import { openRun } from '../experiments/open-run.js';
import { tasksOf } from '../experiments/setup.js';
import type { WeightsChoice } from '../experiments/weights.js';
import type { Task } from '../tasks/task.js';
import { OUTPUT_FORMS, type OutputForm } from '../train/model-facts.js';
import { several } from '../words.js';
import { withExamples } from './examples.js';
import { onInterrupt } from './interrupt.js';
import { allowModuleOption, numberOption, numberOrFree, overrideOption, sizeOption, weightsOption } from './options.js';
import { showValues } from './show.js';

interface Flags extends ModuleAccess {
  readonly out?: string;
  readonly weights?: WeightsChoice;
  readonly fp16?: true;
  readonly web?: string;
  readonly format: 'onnx' | 'safetensors';
  readonly outputs?: OutputForm;
  readonly size?: { readonly width: number; readonly height: number };
  readonly batch: number | null;
  readonly images: number;
  readonly set?: string[];
}

export function exportCommand(): Command {
  const command = new Command('export')
    .description(
      'write the trained network as an ONNX model, a web page or weights; the file is checked before it is kept',
    )
    .argument('<run>', 'folder of the run')
    .addOption(new Option('--out <file>', 'the model').default(undefined, 'RUN/model.onnx'))
    .addOption(
      new Option(
        '--web <folder>',
        'write a folder with a page, a client and the model, to be served as it is',
      ).conflicts('out'),
    )
    .addOption(
      new Option(
        '--format <format>',
        'an ONNX model, or the weights alone (RUN/model.safetensors) with a table of what they are',
      )
        .choices(['onnx', 'safetensors'])
        .default('onnx')
        .conflicts('web'),
    )
    .option('--fp16', 'store the weights as float16: half the size; images and answers stay float32')
    .addOption(
      new Option(
        '--outputs <form>',
        'what the file answers: logits; probabilities of classes, unit vectors, metres; or decisions, with the number ' +
          'of the most probable class in place of probabilities',
      )
        .choices(OUTPUT_FORMS)
        .default(undefined, 'probabilities'),
    )
    .addOption(
      new Option('--size <width>x<height>', 'the one size of images that the file takes')
        .argParser(sizeOption)
        .default(undefined, 'any size'),
    )
    .addOption(
      new Option('--batch <number>', 'how many images the file takes at once, or free')
        .argParser(numberOrFree({ whole: true, least: 1 }))
        .default(null, 'free'),
    )
    .option(
      '--images <count>',
      'on how many images of the evaluation split the file is compared with the network',
      numberOption({ whole: true, least: 0 }),
      JUDGED_IMAGES,
    )
    .addOption(weightsOption('best'))
    .addOption(overrideOption())
    .addOption(allowModuleOption())
    .action(exportAction);
  return withExamples(
    command,
    { line: 'export runs/rooms', does: 'Write the best weights as runs/rooms/model.onnx' },
    {
      line: 'export runs/rooms --out small.onnx --fp16 --weights last --images 50',
      does: 'Write the latest weights in half the size, and compare the file with the network on 50 images',
    },
    {
      line: 'export runs/rooms --out fixed.onnx --size 480x360 --batch 1 --outputs decisions',
      does: 'Write a model of one size that answers with numbers of classes, for a device that needs both',
    },
    {
      line: 'export runs/rooms --format safetensors',
      does: 'Write the weights as runs/rooms/model.safetensors, and beside it a table of what they are',
    },
    {
      line: 'export runs/rooms --web site --fp16',
      does: 'Write a folder with a page that answers about images in the browser',
    },
    {
      line: 'export downloads/run --set data.root=/data/camvid --allow-module',
      does: 'Export a run from elsewhere, with the folder of its images here, whose backbone is a module that you trust',
    },
  );
}

async function exportAction(path: string, { format, ...flags }: Flags, command: Command): Promise<void> {
  if (format === 'onnx') return exportModel(path, flags);
  const { out, fp16, weights, set, allowModule, outputs, size, batch } = flags;
  const judges = command.getOptionValueSource('images') === 'cli';
  if (outputs !== undefined || size !== undefined || batch !== null || judges)
    throw new NddrError(
      '--outputs, --size, --batch and --images are for a model; --format safetensors holds weights alone.',
    );
  const written = await exportWeights(path, {
    ...{ out, weights, set, allowModule },
    storage: fp16 ? 'float16' : 'float32',
  });
  const { path: file, table, bytes, tensors, parameters } = written;
  console.log(`${file}: ${(bytes / 2 ** 20).toFixed(1)} MiB, ${tensors} tensors of ${parameters} numbers`);
  console.log(`${table}: what each tensor is`);
}

async function exportModel(
  path: string,
  { out, web, fp16, outputs, size, batch, ...flags }: Omit<Flags, 'format'>,
): Promise<void> {
  if (web !== undefined && outputs !== undefined && outputs !== 'probabilities')
    throw new NddrError(`--outputs ${outputs}: the page of --web draws probabilities. Leave --outputs out.`);
  const interruption = onInterrupt((line) => console.error(line), 'Stopping; nothing will be written.');
  const { signal } = interruption;
  const storage = fp16 ? 'float16' : 'float32';
  const options = { storage, fixed: { batch, ...size }, ...flags, signal } as const;
  try {
    const tasks = tasksOf((await openRun(path)).config);
    if (web === undefined) showExported(await exportRun(path, { ...options, out, outputs }), tasks, fp16);
    else {
      const exported = await exportWeb(path, web, options);
      showExported(exported, tasks, fp16);
      for (const note of exported.notes) console.error(`note: ${note}`);
      console.log(
        `${web}: a page, a client and the runtime, ${(exported.otherBytes / 2 ** 20).toFixed(1)} MiB. Serve it:`,
      );
      console.log(`  npx serve ${web}    or    python3 -m http.server --directory ${web}`);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    console.error('Stopped before the model was checked; nothing was written.');
    process.exitCode = 130;
  } finally {
    interruption.close();
  }
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
