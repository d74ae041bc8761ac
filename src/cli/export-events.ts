/** `nddr export-events` */
import { Command } from 'commander';
import type { ModuleAccess } from '../experiments/module-access.js';
import { exportEvents } from '../experiments/tensorboard/export.js';
import { withExamples } from './examples.js';
import { allowModuleOption, numberOption, overrideOption } from './options.js';

interface Flags extends ModuleAccess {
  readonly tensorboard: string;
  readonly samples: number;
  readonly set?: string[];
}

export function exportEventsCommand(): Command {
  const command = new Command('export-events')
    .description('write the events of runs for TensorBoard: losses, metrics, rates, shares, configuration, pictures')
    .argument('<runs...>', 'folders of runs')
    .requiredOption('--tensorboard <folder>', 'folder in which each run gets a folder of its name with an event file')
    .option(
      '--samples <count>',
      'images that each run answers with its best weights, drawn with truth and answers',
      numberOption({ whole: true, least: 0 }),
      0,
    )
    .addOption(overrideOption())
    .addOption(allowModuleOption())
    .action(async (paths: string[], { tensorboard, ...options }: Flags) => {
      for (const file of await exportEvents(paths, tensorboard, options)) console.log(file);
    });
  return withExamples(
    command,
    { line: 'export-events runs/rooms runs/single --tensorboard logs', does: 'Write two runs for TensorBoard' },
    { line: 'export-events runs/rooms --tensorboard logs --samples 4', does: 'Add pictures of four images' },
    {
      line: 'export-events downloads/run --tensorboard logs --samples 4 --set data.root=/data/camvid --allow-module',
      does: 'Do so for a run from elsewhere, whose backbone is a module that you trust',
    },
  );
}
