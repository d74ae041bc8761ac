/** `nddr eval` */
import { Command, Option } from 'commander';
import { judgeRun, type Opened } from '../experiments/judge.js';
import type { ModuleAccess } from '../experiments/module-access.js';
import { openRun } from '../experiments/open-run.js';
import { tasksOf } from '../experiments/setup.js';
import type { WeightsChoice } from '../experiments/weights.js';
import { showViews, viewsOf } from '../train/views.js';
import { several } from '../words.js';
import { withExamples } from './examples.js';
import { allowModuleOption, numbersOption, overrideOption, weightsOption } from './options.js';
import { openProgress } from './progress.js';
import { showAllValues, showPerClass, showWeights } from './show.js';

interface Flags extends ModuleAccess {
  readonly split?: string;
  readonly weights?: WeightsChoice;
  readonly set?: string[];
  readonly scales?: readonly number[];
  readonly flip?: true;
  readonly json?: true;
}

export function evalCommand(): Command {
  const command = new Command('eval')
    .description('evaluate a run on a split of its data set: every metric, every image at its full size')
    .argument('<run>', 'folder of the run')
    .addOption(new Option('--split <name>', 'which split').default(undefined, 'evaluate.report of the configuration'))
    .addOption(weightsOption())
    .addOption(
      new Option('--scales <numbers>', 'average the answers to the image resized by each of these factors').argParser(
        numbersOption({ least: 0.1, most: 10, example: '0.75,1,1.25' }),
      ),
    )
    .option('--flip', 'average the answers to the image and to its mirror image')
    .option('--json', 'print one JSON object instead of lines')
    .addOption(overrideOption())
    .addOption(allowModuleOption())
    .action(async (path: string, { split, weights, set, scales, flip, json, allowModule }: Flags) => {
      const views = viewsOf(scales, flip);
      const { config } = await openRun(path, set);
      const tasks = tasksOf(config);
      let progress: ReturnType<typeof openProgress> | undefined;
      const head = ({ step, weights: which, images, split: name }: Opened) =>
        `${path}, ${showWeights(which, step)}, ${several(images, 'image')} of "${name}"${showViews(views)}`;
      try {
        const judged = await judgeRun({
          ...{ path, weights, split, set, views, allowModule },
          opened(what) {
            if (!json) console.log(head(what));
            if (weights === 'best' && what.weights === 'last')
              console.error(`warning: ${path} has no best weights yet; these are the latest.`);
          },
          seen({ done, total }) {
            progress ??= openProgress({ title: `${config.name}: evaluation`, total, unit: 'images' });
            progress.update(done);
          },
        });
        progress?.close();
        if (json) console.log(JSON.stringify({ run: path, ...judged, ...(views && { views }) }));
        else {
          console.log(showAllValues(tasks, judged.values));
          const classes = showPerClass(tasks, judged.perClass);
          if (classes) console.log(classes);
        }
      } finally {
        progress?.close();
      }
    });
  return withExamples(
    command,
    { line: 'eval runs/rooms', does: 'Print every metric on the split that the configuration reports, also by class' },
    {
      line: 'eval runs/rooms --split val --weights last --scales 0.75,1,1.25 --flip',
      does: 'Evaluate the latest weights on another split, each answer averaged over six views of the image',
    },
    {
      line: 'eval runs/camvid --set data.root=/data/camvid --json',
      does: 'Print JSON for another program; the images are in another folder than in training',
    },
    {
      line: 'eval downloads/run --allow-module',
      does: 'Evaluate a run from elsewhere whose backbone is a module that you trust',
    },
  );
}
