/** nddr eval */

import { Command } from 'commander';
import { judgeRun, type Opened, openRun } from '../experiments/judge.js';
import type { ModuleAccess } from '../experiments/module-access.js';
import { tasksOf } from '../experiments/setup.js';
import type { WeightsChoice } from '../experiments/weights.js';
import { parseViews, showViews } from '../train/views.js';
import { several } from '../words.js';
import { allowModuleOption, overrideOption, weightsOption } from './options.js';
import { openProgress } from './progress.js';
import { showAllValues, showPerClass, showWeights } from './show.js';

interface Flags extends ModuleAccess {
  readonly split?: string;
  readonly weights?: WeightsChoice;
  readonly set?: string[];
  readonly scales?: string;
  readonly flip?: true;
  readonly json?: true;
}

export function evalCommand(): Command {
  return new Command('eval')
    .description('judge a run over a split of its data set, every image at full size')
    .argument('<run>', 'folder of the run')
    .option('--split <name>', 'the split; evaluate.report of the configuration by default')
    .addOption(weightsOption())
    .addOption(overrideOption())
    .addOption(allowModuleOption())
    .option('--scales <list>', 'answers are means over the image enlarged by each of these, such as 0.75,1,1.25')
    .option('--flip', 'and over its mirror image')
    .option('--json', 'print one JSON object')
    .action(async (path: string, { split, weights, set, scales, flip, json, allowModule }: Flags) => {
      const views = parseViews(scales, flip);
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
}
