/** nddr demo, which npm start runs */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { stateOf } from '../experiments/comparison/state.js';
import { DEFAULT_SEED, planDemo } from '../experiments/demo.js';
import { exportRun } from '../experiments/export.js';
import { openRun } from '../experiments/judge.js';
import { type NamedRun, rowsOf, writeReport } from '../experiments/run-report.js';
import { tasksOf } from '../experiments/setup.js';
import { overviewTable, renderTable } from '../experiments/table.js';
import { lockRun } from '../train/node/lock.js';
import { wholeFrom } from './options.js';
import { SAMPLES } from './report.js';
import { follow } from './train.js';

interface Flags {
  readonly seed: number;
  readonly steps: readonly [first: number, second: number];
  readonly fresh?: boolean;
  readonly runs: string;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('train single-task and NDDR networks on the built-in rooms, compare, export and report')
    .option('--seed <number>', 'of weights, batches and rooms', wholeFrom(0), DEFAULT_SEED)
    .option('--steps <first,second>', 'steps of the two halves', halves, [300, 400])
    .option('--fresh', 'begin anew, even where the runs are there already')
    .option('--runs <folder>', 'where runs are kept', 'runs')
    .action(async ({ seed, steps, fresh = false, runs }: Flags) => {
      const began = performance.now();
      const phases = await planDemo({ runs, seed, steps });
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
      const { path: model } = await exportRun(nddr.path, { weights: 'last' });
      const report = join(nddr.path, 'report.html');
      const summary =
        `NDDR-CNN against single-task networks on held-out rooms. Both go on for ${steps[1]} steps from the same ` +
        `single-task networks, trained for ${steps[0]} steps; same batches, same settings.`;
      await writeReport({
        title: 'NDDR-CNN on rooms',
        summary,
        runs: compared,
        weights: 'last',
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

/** `300,400`. @throws InvalidArgumentError */
function halves(text: string): readonly [first: number, second: number] {
  const [first, second, ...more] = text.split(',');
  if (second === undefined || more.length > 0)
    throw new InvalidArgumentError('expected two numbers with a comma between, such as 300,400.');
  return [wholeFrom(1)(first), wholeFrom(1)(second)];
}

/** @throws NddrError when a process works in it */
async function removeRun(path: string): Promise<void> {
  const lock = await lockRun(path);
  rmSync(path, { recursive: true, force: true });
  await lock.release();
}
