/** nddr demo, which npm start runs; nddr report */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { stateOf } from '../experiments/comparison/state.js';
import { contactSheet } from '../experiments/contact-sheet.js';
import { DEFAULT_SEED, planDemo } from '../experiments/demo.js';
import { exportRun } from '../experiments/export.js';
import { openRun } from '../experiments/judge.js';
import type { ModuleAccess } from '../experiments/module-access.js';
import { type NamedRun, rowsOf, samplesOf, writeReport } from '../experiments/run-report.js';
import { tasksOf } from '../experiments/setup.js';
import { overviewTable, renderMarkdown, renderTable, taskTable } from '../experiments/table.js';
import type { Which } from '../experiments/weights.js';
import { expectFolderOf, writeWhole } from '../files.js';
import { lockRun } from '../train/node/lock.js';
import { allowModuleOption } from './allow-module.js';
import { overrideOption, weightsOption } from './eval.js';
import { follow } from './train.js';
import { atLeast } from './use.js';

const SAMPLES = 6;

export function demoCommand(): Command {
  return new Command('demo')
    .description('train single-task and NDDR networks on the built-in rooms, compare, export and report')
    .option('--seed <number>', 'of weights, batches and rooms', Number, DEFAULT_SEED)
    .option('--steps <first,second>', 'steps of the two halves', (text) => text.split(',').map(Number), [300, 400])
    .option('--fresh', 'begin anew, even where the runs are there already')
    .option('--runs <folder>', 'where runs are kept', 'runs')
    .action(async ({ seed, steps, fresh = false, runs }: Flags) => {
      const began = performance.now();
      const phases = await planDemo({ runs, seed, steps: [steps[0], steps[1]] });
      for (const [index, run] of phases.entries()) {
        const { path, config, row } = run;
        if (fresh) await removeRun(path);
        const { kind } = await stateOf(run, 'Delete it, or begin anew: npm start -- --fresh');
        console.error(`\n${index + 1} of ${phases.length}: ${row.name}${kind === 'done' ? ' (done before)' : ''}`);
        if (kind === 'done') continue;
        await follow(kind === 'new' ? { path, config } : { path });
        if (process.exitCode) return; // Ctrl-C: what is done is kept
      }
      const [, single, nddr] = phases;
      const compared: NamedRun[] = [
        { name: 'NDDR', path: nddr.path },
        { name: 'single-task', path: single.path, baseline: true },
      ];
      const { path: model } = await exportRun(nddr.path, { which: 'last' });
      const report = join(nddr.path, 'report.html');
      const summary =
        `NDDR-CNN against single-task networks on held-out rooms. Both go on for ${steps[1]} steps from the same ` +
        `single-task networks, trained for ${steps[0]} steps; same batches, same settings.`;
      await writeReport({
        title: 'NDDR-CNN on rooms',
        summary,
        runs: compared,
        which: 'last',
        out: report,
        samples: SAMPLES,
      });

      const tasks = tasksOf((await openRun(nddr.path)).config);
      const rows = await rowsOf(compared);
      console.log(`\n${renderTable(overviewTable(tasks, [...rows].reverse()))}`);
      console.log(`\ndelta_m: mean relative change of each task's main metric against the single-task networks.`);
      console.log(`Took ${((performance.now() - began) / 60000).toFixed(1)} minutes.\n`);
      console.log(`Look at      ${report}`);
      console.log(`The model    ${model} (ONNX; runs without this project)`);
      console.log(`Try a photo  npx nddr predict ${nddr.path} photo.jpg --out out`);
      console.log('Your images  npx nddr init FOLDER, then npx nddr train FOLDER.json');
    });
}

/** @throws NddrError when a process works in it */
async function removeRun(path: string): Promise<void> {
  const lock = await lockRun(path);
  rmSync(path, { recursive: true, force: true });
  await lock.release();
}

interface ReportFlags extends ModuleAccess {
  readonly out?: string;
  readonly markdown?: true;
  readonly picture?: string;
  readonly samples: number;
  readonly weights: Which;
  readonly set?: string[];
}

interface Flags {
  readonly seed: number;
  readonly steps: readonly number[];
  readonly fresh?: boolean;
  readonly runs: string;
}

export function reportCommand(): Command {
  return new Command('report')
    .description('write report.html: tables, curves, images with truth and predictions')
    .argument('<runs...>', 'folders of runs on the same data; delta_m is relative to the last one')
    .option('--out <file>', 'the page; report.html in the first run by default')
    .option('--markdown', 'print the tables as Markdown')
    .option('--picture <file>', 'also write a PNG: a row an image, with truth and predictions of every task')
    .option('--samples <count>', 'images in the page and the picture', atLeast(1), SAMPLES)
    .addOption(weightsOption())
    .addOption(allowModuleOption())
    .addOption(overrideOption())
    .action(
      async (paths: string[], { out, markdown, picture, samples, weights, set = [], allowModule }: ReportFlags) => {
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
        const drawn = { runs, which: weights, samples, allowModule };
        await writeReport({ title: config.name, summary, out: target, ...drawn });
        if (picture) await writeWhole(picture, [await contactSheet(await samplesOf(drawn, config))]);
        const show = markdown ? renderMarkdown : renderTable;
        console.log(`${summary}\n`);
        if (rows.length > 1) console.log(`${show(overviewTable(tasks, rows))}\n`);
        for (const task of tasks) console.log(`${task.name}\n${show(taskTable(task, rows))}\n`);
        console.log(target);
      },
    );
}
