/** nddr predict, nddr export */
import { Command, InvalidArgumentError } from 'commander';
import { exportRun, JUDGED_IMAGES } from '../experiments/export.js';
import { openRun } from '../experiments/judge.js';
import { LONGEST_PIXELS, predictRun } from '../experiments/predict.js';
import { tasksOf } from '../experiments/setup.js';
import type { Which } from '../experiments/weights.js';
import { weightsOption } from './eval.js';
import { openProgress } from './progress.js';
import { showValues } from './show.js';

function pixels(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 16) throw new InvalidArgumentError('expected a whole number of at least 16.');
  return value;
}

function count(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('expected a whole number, 0 for none.');
  return value;
}

export function useCommands(): Command[] {
  const predict = new Command('predict')
    .description('answer questions about images: a picture and a raw map or JSON for each task')
    .argument('<run>', 'folder of the run')
    .argument('<images...>', 'image files, folders, or patterns in quotes; of any size')
    .option('--out <folder>', 'where the answers go', 'predictions')
    .option('--npy', 'also write every answer as float32 in a .npy file')
    .option(
      '--longest <pixels>',
      'larger images are reduced to this before the network sees them',
      pixels,
      LONGEST_PIXELS,
    )
    .addOption(weightsOption())
    .action(
      async (
        path: string,
        inputs: string[],
        { out, npy = false, longest, weights }: { out: string; npy?: boolean; longest: number; weights: Which },
      ) => {
        let progress: ReturnType<typeof openProgress> | undefined;
        let files = 0;
        const predictions = predictRun({ path, inputs, out, which: weights, npy, longestPixels: longest });
        for await (const { done, total, files: written, input, told } of predictions) {
          progress ??= openProgress({ title: 'predict', total, unit: 'images' });
          const lines = Object.entries(told).map(([task, words]) => `${task} ${words}`);
          if (lines.length > 0) progress.message(`${input}: ${lines.join('; ')}`);
          progress.update(done);
          files += written.length;
        }
        progress?.close();
        console.log(`${files} files written to ${out}`);
      },
    );
  const exporting = new Command('export')
    .description('write the trained network as an ONNX model, and check the file')
    .argument('<run>', 'folder of the run')
    .option('--out <file>', 'the model; RUN/model.onnx by default')
    .option('--fp16', 'store the weights as float16: half the size, images and answers stay float32')
    .option('--images <count>', 'images of the evaluation split to judge the file on', count, JUDGED_IMAGES)
    .addOption(weightsOption())
    .action(async (path: string, { out, weights, fp16, images }: ExportFlags) => {
      const written = await exportRun(path, { which: weights, out, images, weights: fp16 ? 'float16' : 'float32' });
      const tasks = tasksOf((await openRun(path)).config);
      console.log(`${written.path}: ${(written.bytes / 2 ** 20).toFixed(1)} MiB${fp16 ? ', weights in float16' : ''}`);
      const list = Object.entries(written.differences).map(
        ([task, { largest, mean }]) => `${task} ${largest.toExponential(1)} (mean ${mean.toExponential(1)})`,
      );
      console.log(`largest difference from the network in training form: ${list.join(', ')}`);
      const { judged } = written;
      if (!judged) return;
      console.log(`on ${judged.images} images of "${judged.split}":`);
      console.log(`  the network  ${showValues(tasks, judged.network)}`);
      console.log(`  the file     ${showValues(tasks, judged.file)}`);
    });
  return [predict, exporting];
}

interface ExportFlags {
  readonly out?: string;
  readonly weights: Which;
  readonly fp16?: true;
  readonly images: number;
}
