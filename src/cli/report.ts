/** `nddr report` */
import { Command, Option } from 'commander';
import { contactSheet } from '../experiments/contact-sheet.js';
import type { ModuleAccess } from '../experiments/module-access.js';
import { openRun } from '../experiments/open-run.js';
import { type NamedRun, rowsOf, samplesOf, writeReport } from '../experiments/run-report.js';
import { tasksOf } from '../experiments/setup.js';
import { overviewTable, renderMarkdown, renderTable, taskTable } from '../experiments/table.js';
import type { WeightsChoice } from '../experiments/weights.js';
import { expectFolderOf, writeWhole } from '../files.js';
import { withExamples } from './examples.js';
import { allowModuleOption, numberOption, overrideOption, weightsOption } from './options.js';

/** Images in a report where `--samples` is not given. */
export const SAMPLES = 6;

interface Flags extends ModuleAccess {
  readonly out?: string;
  readonly markdown?: true;
  readonly picture?: string;
  readonly samples: number;
  readonly weights?: WeightsChoice;
  readonly set?: string[];
}

export function reportCommand(): Command {
  const command = new Command('report')
    .description('write a page with tables, curves and images with their true and predicted labels; print the tables')
    .argument('<runs...>', 'folders of runs on the same data; delta_m compares the others with the last one')
    .addOption(new Option('--out <file>', 'the page').default(undefined, 'report.html in the first run'))
    .option('--markdown', 'print the tables as Markdown')
    .option('--picture <file>', 'also write a PNG: a row an image, with true and predicted labels of every task')
    .option('--samples <count>', 'images in the page and the picture', numberOption({ whole: true, least: 1 }), SAMPLES)
    .addOption(weightsOption('best'))
    .addOption(overrideOption())
    .addOption(allowModuleOption())
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
      const drawn = { runs, weights: weights ?? 'best', samples, allowModule };
      await writeReport({ title: config.name, summary, out: target, ...drawn });
      if (picture) await writeWhole(picture, [await contactSheet(await samplesOf(drawn, config))]);
      const show = markdown ? renderMarkdown : renderTable;
      console.log(`${summary}\n`);
      if (rows.length > 1) console.log(`${show(overviewTable(tasks, rows))}\n`);
      for (const task of tasks) console.log(`${task.name}\n${show(taskTable(task, rows))}\n`);
      console.log(target);
    });
  return withExamples(
    command,
    { line: 'report runs/rooms', does: 'Write the page of one run, runs/rooms/report.html' },
    {
      line: 'report runs/nddr runs/single --out compared.html --markdown',
      does: 'Compare two runs, the second one as the baseline, and print the tables for a README',
    },
    {
      line: 'report runs/camvid --picture picture.png --samples 5 --weights last',
      does: 'Write the page and a picture of five images, with the latest weights',
    },
    {
      line: 'report downloads/run --set data.root=/data/camvid --allow-module',
      does: 'Report a run from elsewhere, with the folder of its images here, whose backbone is a module that you trust',
    },
  );
}
