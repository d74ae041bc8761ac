/** `nddr demo`, which `npm start` runs */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { DeviceName } from '../engine/runtime/devices.js';
import { stateOf } from '../experiments/comparison/state.js';
import { DEFAULT_SEED, planDemo } from '../experiments/demo.js';
import { exportRun } from '../experiments/export.js';
import { openRun } from '../experiments/open-run.js';
import { type NamedRun, rowsOf, writeReport } from '../experiments/run-report.js';
import { tasksOf } from '../experiments/setup.js';
import { overviewTable, renderTable } from '../experiments/table.js';
import { lockFolder } from '../lock.js';
import { withExamples } from './examples.js';
import { deviceOption, deviceSetting, numberOption, numbersOption } from './options.js';
import { SAMPLES } from './report.js';
import { trainWithProgress } from './train.js';

type Steps = readonly number[];
type Phases = Awaited<ReturnType<typeof planDemo>>;

interface Flags {
  readonly seed: number;
  readonly steps: Steps;
  readonly device?: DeviceName;
  readonly fresh?: boolean;
  readonly runs: string;
}

export function demoCommand(): Command {
  const command = new Command('demo')
    .description('train single-task and NDDR networks on the built-in data set of rooms, compare, export and report')
    .option(
      '--seed <number>',
      'seed of weights, batches and images',
      numberOption({ whole: true, least: 0 }),
      DEFAULT_SEED,
    )
    .addOption(
      new Option('--steps <first,second>', 'training steps of the first phase and of the second')
        .argParser(numbersOption({ whole: true, least: 1, count: 2, example: '300,400' }))
        .default([300, 400], '300,400'),
    )
    .addOption(deviceOption('where to train'))
    .option('--fresh', 'delete the runs of an earlier demonstration and train them again')
    .option('--runs <folder>', 'folder of the runs', 'runs')
    .action(runDemo);
  return withExamples(
    command,
    { line: 'demo', does: 'Run the demonstration as npm start does; started again, it goes on where it was' },
    {
      line: 'demo --seed 2 --steps 30,40 --fresh --runs trials',
      does: 'Run it again with another seed and a tenth of the steps, in another folder',
    },
    { line: 'demo --device webgpu', does: 'Run it on the graphics card' },
  );
}

async function runDemo({ seed, steps, device = 'cpu', fresh = false, runs }: Flags): Promise<void> {
  const began = performance.now();
  const phases = await planDemo({ runs, seed, device, steps: [steps[0], steps[1]] });
  if (!(await trainPhases(phases, fresh))) return;
  const minutes = (performance.now() - began) / 60000;
  const [, single, nddr] = phases;
  const compared: NamedRun[] = [
    { name: 'NDDR', path: nddr.path },
    { name: 'single-task', path: single.path, baseline: true },
  ];
  const { path: model } = await exportRun(nddr.path, { weights: 'last' });
  const report = join(nddr.path, 'report.html');
  await writeReport({
    title: 'NDDR-CNN on rooms',
    summary:
      `NDDR-CNN against single-task networks on held-out rooms. Both go on for ${steps[1]} steps from the same ` +
      `single-task networks, trained for ${steps[0]} steps; same batches, same settings.`,
    runs: compared,
    weights: 'last',
    out: report,
    samples: SAMPLES,
  });
  const tasks = tasksOf((await openRun(nddr.path)).config);
  const rows = await rowsOf(compared);
  console.log(`\n${renderTable(overviewTable(tasks, [...rows].reverse()))}`);
  console.log(`\ndelta_m: mean relative change of each task's main metric against the single-task networks.`);
  console.log(`Took ${minutes.toFixed(1)} minutes.\n`);
  console.log(`Look at      ${report}`);
  console.log(`The model    ${model} (ONNX; runs without this project)`);
  console.log(`Try a photo  npx nddr predict ${nddr.path} photo.jpg --out out`);
  console.log('Your images  npx nddr init FOLDER, then npx nddr train FOLDER.json');
}

/** Trains the phases that are not done yet. @returns false where Ctrl-C ended the training; what is done is kept */
async function trainPhases(phases: Phases, fresh: boolean): Promise<boolean> {
  for (const [index, run] of phases.entries()) {
    const { path, config, row } = run;
    if (fresh) await removeRun(path);
    const { kind } = await stateOf(run, 'Delete it, or begin anew: npm start -- --fresh');
    console.error(`\n${index + 1} of ${phases.length}: ${row.name}${kind === 'done' ? ' (done before)' : ''}`);
    if (kind === 'done') continue;
    await trainWithProgress({
      path,
      ...(kind === 'new' ? { config } : { set: deviceSetting(config.train.device) }),
    });
    if (process.exitCode) return false;
  }
  return true;
}

/** Deletes the folder of a run. @throws NddrError when a process trains in it */
async function removeRun(path: string): Promise<void> {
  const lock = await lockFolder(path, 'run');
  rmSync(path, { recursive: true, force: true });
  await lock.release();
}
