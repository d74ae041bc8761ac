/** nddr predict, nddr export */
import { Command, InvalidArgumentError } from 'commander';
import { exportRun } from '../experiments/export.js';
import { LONGEST_PIXELS, predictRun } from '../experiments/predict.js';
import type { Which } from '../experiments/weights.js';
import { weightsOption } from './eval.js';
import { openProgress } from './progress.js';

function pixels(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 16) throw new InvalidArgumentError('expected a whole number of at least 16.');
  return value;
}

export function useCommands(): Command[] {
  const predict = new Command('predict')
    .description('answer questions about images: a picture and a raw map for each task')
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
        for await (const { done, total, files: written } of predictions) {
          progress ??= openProgress({ title: 'predict', total, unit: 'images' });
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
    .addOption(weightsOption())
    .action(async (path: string, { out, weights }: { out?: string; weights: Which }) => {
      const { path: file, bytes, differences } = await exportRun(path, { which: weights, out });
      const list = Object.entries(differences).map(([task, difference]) => `${task} ${difference.toExponential(1)}`);
      console.log(`${file}: ${(bytes / 2 ** 20).toFixed(1)} MiB`);
      console.log(`checked against the network in training form, largest difference: ${list.join(', ')}`);
    });
  return [predict, exporting];
}
