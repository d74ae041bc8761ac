/** nddr eval */
import { Command, Option } from 'commander';
import { judgeRun, openRun } from '../experiments/judge.js';
import { tasksOf } from '../experiments/setup.js';
import type { Which } from '../experiments/weights.js';
import { parseViews, showViews } from '../train/views.js';
import { openProgress } from './progress.js';
import { showAllValues, showPerClass } from './show.js';

/** Which weights of a run a command uses. */
export const weightsOption = () =>
  new Option('--weights <which>', 'of the best evaluation, or the latest').choices(['best', 'last']).default('best');

interface EvalOptions {
  readonly split?: string;
  readonly weights: Which;
  readonly scales?: string;
  readonly flip?: true;
  readonly json?: true;
}

export function evalCommand(): Command {
  return new Command('eval')
    .description('judge a run over a split of its data set, every image at full size')
    .argument('<run>', 'folder of the run')
    .option('--split <name>', "the split; the configuration's evaluation split by default")
    .addOption(weightsOption())
    .option('--scales <list>', 'answers are means over the image enlarged by each of these, such as 0.75,1,1.25')
    .option('--flip', 'and over its mirror image')
    .option('--json', 'print one JSON object')
    .action(async (path: string, { split, weights, scales, flip, json }: EvalOptions) => {
      const views = parseViews(scales, flip);
      const { config } = await openRun(path);
      const tasks = tasksOf(config);
      let progress: ReturnType<typeof openProgress> | undefined;
      const judged = await judgeRun({
        path,
        which: weights,
        split,
        views,
        seen({ done, total }) {
          progress ??= openProgress({ title: `${config.name}: evaluation`, total, unit: 'images' });
          progress.update(done);
        },
      });
      progress?.close();
      if (json) console.log(JSON.stringify({ run: path, ...judged, ...(views && { views }) }));
      else {
        console.log(`${path}, step ${judged.step}, ${judged.images} images of "${judged.split}"${showViews(views)}`);
        console.log(showAllValues(tasks, judged.values));
        const classes = showPerClass(tasks, judged.perClass);
        if (classes) console.log(classes);
      }
    });
}
