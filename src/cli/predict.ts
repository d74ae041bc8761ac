/** `nddr predict` */
import { Command } from 'commander';
import type { DeviceName } from '../engine/runtime/devices.js';
import type { ModuleAccess } from '../experiments/module-access.js';
import { type Predicted, predictRun } from '../experiments/predict.js';
import type { Large } from '../experiments/prediction/answer.js';
import type { WeightsChoice } from '../experiments/weights.js';
import { viewsOf } from '../train/views.js';
import { several } from '../words.js';
import { withExamples } from './examples.js';
import { onInterrupt } from './interrupt.js';
import {
  allowModuleOption,
  deviceOption,
  numberOption,
  overrideOption,
  sizeOptions,
  tasksOfRunOption,
  viewOptions,
  weightsOption,
} from './options.js';
import { openProgress, type Progress } from './progress.js';
import { showDevice } from './show.js';

interface Flags extends ModuleAccess {
  readonly out: string;
  readonly npy?: true;
  readonly longest: number;
  readonly large: Large;
  readonly weights?: WeightsChoice;
  readonly run?: string;
  readonly device?: DeviceName;
  readonly batch: number;
  readonly scales?: readonly number[];
  readonly flip?: true;
  readonly set?: string[];
}

export function predictCommand(): Command {
  const [longest, large] = sizeOptions();
  const command = new Command('predict')
    .description('answer questions about images: for each task a picture, and the values as a PNG or JSON')
    .argument('<run|file>', 'folder of the run, or a model file that export wrote')
    .argument('<images...>', 'image files of any size, folders, or patterns in quotes')
    .option('--out <folder>', 'folder of the answers', 'predictions')
    .option('--npy', 'also write the values of every answer as float32 in a .npy file')
    .addOption(longest)
    .addOption(large)
    .option(
      '--batch <count>',
      'how many images of one size the network sees at once; on a graphics card more than one may be faster',
      numberOption({ whole: true, least: 1, most: 1024 }),
      1,
    )
    .addOption(
      deviceOption('where the network runs; the first images of each size are slow on a device other than cpu'),
    );
  for (const option of viewOptions()) command.addOption(option);
  command
    .addOption(weightsOption('best'))
    .addOption(tasksOfRunOption())
    .addOption(overrideOption())
    .addOption(allowModuleOption())
    .action(predict);
  return withExamples(
    command,
    { line: 'predict runs/rooms photo.jpg', does: 'Write pictures and values of every answer about one photo' },
    {
      line: "predict runs/rooms holiday 'more/*.jpg' --out answers --npy --weights last",
      does: 'Answer about all images of a folder and those that a pattern matches, with the latest weights',
    },
    {
      line: 'predict runs/rooms poster.tif --longest 1024 --large reduce',
      does: 'Reduce a large image to 1024 pixels, and enlarge the answers to its size',
    },
    {
      line: 'predict runs/rooms/model.onnx frames --batch 8',
      does: 'Answer with an exported file, eight images of one size at once',
    },
    {
      line: 'predict runs/rooms frames --device webgpu --batch 4',
      does: 'Answer on the graphics card, four images of one size at once',
    },
    {
      line: 'predict runs/rooms photo.jpg --scales 0.75,1,1.25 --flip',
      does: 'Average the answers to six views of the image',
    },
    {
      line: 'predict old.onnx photo.jpg --run runs/rooms',
      does: 'Use a file that does not describe its tasks: they are those of the run that it was made of',
    },
    {
      line: 'predict downloads/run photo.jpg --set data.root=/data/camvid --allow-module',
      does: 'Use a run from elsewhere, with the folder of its images here, whose backbone is a module that you trust',
    },
  );
}

async function predict(
  path: string,
  inputs: string[],
  { out, npy, longest, large, batch, scales, flip, ...flags }: Flags,
): Promise<void> {
  let progress: Progress | undefined;
  const print = (line: string) => (progress ? progress.message(line) : console.error(line));
  const interruption = onInterrupt(print, 'Stopping after this image.');
  const { signal } = interruption;
  const answered: Predicted[] = [];
  const failed: string[] = [];
  const views = viewsOf(scales, flip);
  const wanted = { path, inputs, out, npy, longestPixels: longest, large, batch, views, ...flags, signal };
  try {
    for await (const event of predictRun(wanted)) {
      switch (event.type) {
        case 'found':
          for (const note of event.notes) print(note);
          progress = openProgress({ title: 'predict', total: event.total, unit: 'images' });
          break;
        case 'stopped':
          print(`Stopped after ${event.done} of ${event.total} images; what was written stays.`);
          process.exitCode = 130;
          break;
        case 'failed':
          failed.push(event.reason);
          progress?.update(event.done);
          break;
        default:
          for (const line of linesAbout(event, answered, longest)) print(line);
          answered.push(event);
          progress?.update(event.done);
      }
    }
  } finally {
    progress?.close();
    interruption.close();
  }
  console.log(`${summary(answered, out)}${showDevice(flags.device)}`);
  if (failed.length === 0) return;
  console.error(`error: ${several(failed.length, 'image')} could not be answered:\n${failed.join('\n')}`);
  process.exitCode ??= 1;
}

/**
 * Cases in which an image is not answered as a whole: the note on the first such image, and the words for their number.
 */
const SPECIAL_CASES: readonly {
  readonly applies: (one: Predicted) => boolean;
  readonly note: (one: Predicted, longest: number) => string;
  readonly counted: string;
}[] = [
  {
    applies: ({ shown }) => shown.kind === 'tiles',
    note: ({ shown }, longest) =>
      `larger than ${longest} pixels, answered in ${'count' in shown ? shown.count : ''} tiles (--large reduce: at once)`,
    counted: 'in tiles',
  },
  {
    applies: ({ shown }) => shown.kind === 'reduced',
    note: ({ shown }, longest) =>
      `larger than ${longest} pixels, reduced to ${'width' in shown ? `${shown.width}x${shown.height}` : ''}, answers enlarged`,
    counted: 'reduced',
  },
  {
    applies: ({ shown }) => shown.kind === 'resized',
    note: ({ shown }) =>
      `resized to ${'width' in shown ? `${shown.width}x${shown.height}` : ''}, the one size that the model takes, answers resized back`,
    counted: 'resized',
  },
  {
    applies: ({ pages }) => pages > 1,
    note: ({ pages }) => `has ${pages} pages or frames, the first is answered`,
    counted: 'of several pages, the first only',
  },
];

/** Lines to print about an image: what is special about it, the first time; and the answers that are words. */
function linesAbout(event: Predicted, before: readonly Predicted[], longest: number): string[] {
  const notes = SPECIAL_CASES.filter(({ applies }) => applies(event) && !before.some(applies));
  const answers = Object.entries(event.words).map(([task, words]) => `${task} ${words}`);
  const lines = [...notes.map(({ note }) => note(event, longest)), ...(answers.length > 0 ? [answers.join('; ')] : [])];
  return lines.map((line) => `${event.input}: ${line}`);
}

function summary(answered: readonly Predicted[], out: string): string {
  const files = answered.reduce((sum, one) => sum + one.files.length, 0);
  const counts = SPECIAL_CASES.map(({ applies, counted }) => ({ count: answered.filter(applies).length, counted }));
  const listed = counts.filter(({ count }) => count > 0).map(({ count, counted }) => `${count} ${counted}`);
  const detail = listed.length > 0 ? ` (${listed.join(', ')})` : '';
  return `${several(answered.length, 'image')} answered${detail}; ${several(files, 'file')} written to ${out}`;
}
