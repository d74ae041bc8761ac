/** nddr eval */
import { Command, Option } from 'commander';
import { judgeRun, openRun } from '../experiments/judge.js';
import type { ModuleAccess } from '../experiments/module-access.js';
import { tasksOf } from '../experiments/setup.js';
import type { Which } from '../experiments/weights.js';
import { allowModuleOption } from './allow-module.js';
import { openProgress } from './progress.js';
import { showAllValues, showPerClass } from './show.js';

/** Which weights of a run a command uses. */
export const weightsOption = () =>
  new Option('--weights <which>', 'of the best evaluation, or the latest').choices(['best', 'last']).default('best');

interface Flags extends ModuleAccess {
  readonly split?: string;
  readonly weights: Which;
  readonly json?: true;
}

export function evalCommand(): Command {
  return new Command('eval')
    .description('judge a run over a split of its data set, every image at full size')
    .argument('<run>', 'folder of the run')
    .option('--split <name>', "the split; the configuration's evaluation split by default")
    .addOption(weightsOption())
    .addOption(allowModuleOption())
    .option('--json', 'print one JSON object')
    .action(async (path: string, { split, weights, json, allowModule }: Flags) => {
      const { config } = await openRun(path);
      const tasks = tasksOf(config);
      let progress: ReturnType<typeof openProgress> | undefined;
      const judged = await judgeRun({
        path,
        which: weights,
        split,
        allowModule,
        seen({ done, total }) {
          progress ??= openProgress({ title: `${config.name}: evaluation`, total, unit: 'images' });
          progress.update(done);
        },
      });
      progress?.close();
      if (json) console.log(JSON.stringify({ run: path, ...judged }));
      else {
        console.log(`${path}, step ${judged.step}, ${judged.images} images of "${judged.split}"`);
        console.log(showAllValues(tasks, judged.values));
        const classes = showPerClass(tasks, judged.perClass);
        if (classes) console.log(classes);
      }
    });
}
