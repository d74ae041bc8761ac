/** nddr report */
import { Command } from 'commander';
import { contactSheet } from '../experiments/contact-sheet.js';
import { openRun } from '../experiments/judge.js';
import type { ModuleAccess } from '../experiments/module-access.js';
import { type NamedRun, rowsOf, samplesOf, writeReport } from '../experiments/run-report.js';
import { tasksOf } from '../experiments/setup.js';
import { overviewTable, renderMarkdown, renderTable, taskTable } from '../experiments/table.js';
import type { WeightsChoice } from '../experiments/weights.js';
import { expectFolderOf, writeWhole } from '../files.js';
import { allowModuleOption, overrideOption, weightsOption, wholeFrom } from './options.js';

/** Images in a page of one run or several, unless told. */
export const SAMPLES = 6;

interface Flags extends ModuleAccess {
  readonly out?: string;
  readonly markdown?: true;
  readonly picture?: string;
  readonly samples: number;
  readonly weights: WeightsChoice;
  readonly set?: string[];
}

export function reportCommand(): Command {
  return new Command('report')
    .description('write report.html: tables, curves, images with truth and predictions')
    .argument('<runs...>', 'folders of runs on the same data; delta_m is relative to the last one')
    .option('--out <file>', 'the page; report.html in the first run by default')
    .option('--markdown', 'print the tables as Markdown')
    .option('--picture <file>', 'also write a PNG: a row an image, with truth and predictions of every task')
    .option('--samples <count>', 'images in the page and the picture', wholeFrom(1), SAMPLES)
    .addOption(weightsOption('best'))
    .addOption(allowModuleOption())
    .addOption(overrideOption())
    .action(async (paths: string[], { out, markdown, picture, samples, weights, set = [], allowModule }: Flags) => {
      if (out !== undefined) expectFolderOf(out, '--out');
      if (picture !== undefined) expectFolderOf(picture, '--picture');
      const runs = await Promise.all(
        paths.map(async (path, i): Promise<NamedRun> => {
          const { name } = (await openRun(path, set)).config;
          return { name, path, set, ...(paths.length > 1 && i === paths.length - 1 ? { baseline: true } : {}) };
        }),
      );
      const { folder, config } = await openRun(paths[0], set);
      const target = out ?? folder.reportPath;
      const tasks = tasksOf(config);
      const rows = await rowsOf(runs);
      const kinds = new Set(rows.map(({ judged }) => judged));
      const judged = rows.map(({ name, judged: how }) => `${name}: ${how}`).join('; ');
      const summary =
        `Judged: ${kinds.size === 1 ? [...kinds][0] : judged}.` +
        (kinds.size === 1 ? '' : ' Runs that were judged on another split than the last one have no Δm.');
      const drawn = { runs, weights, samples, allowModule };
      await writeReport({ title: config.name, summary, out: target, ...drawn });
      if (picture) await writeWhole(picture, [await contactSheet(await samplesOf(drawn, config))]);
      const show = markdown ? renderMarkdown : renderTable;
      console.log(`${summary}\n`);
      if (rows.length > 1) console.log(`${show(overviewTable(tasks, rows))}\n`);
      for (const task of tasks) console.log(`${task.name}\n${show(taskTable(task, rows))}\n`);
      console.log(target);
    });
}
