/** nddr experiment */
import { Command } from 'commander';
import { NddrError } from '../errors.js';
import { presetNames, readExperiment } from '../experiments/comparison/experiment.js';
import { type Plan, type PlannedRun, planRuns } from '../experiments/comparison/plan.js';
import { readResults } from '../experiments/comparison/results.js';
import { runExperiment, statesOf } from '../experiments/comparison/runner.js';
import type { RunState } from '../experiments/comparison/state.js';
import { columnNotes, experimentTable, verdict } from '../experiments/comparison/tables.js';
import { writeResults } from '../experiments/comparison/write.js';
import type { RunEvent } from '../experiments/run.js';
import { tasksOf } from '../experiments/setup.js';
import { renderTable } from '../experiments/table.js';
import type { Task } from '../tasks/task.js';
import { onInterrupt } from './interrupt.js';
import { collect } from './options.js';
import { openProgress, type Progress, type ProgressFacts } from './progress.js';
import { imagesPerSecond, showTakenOver, showValues } from './show.js';

interface Flags {
  readonly data: string;
  readonly seeds: number[];
  readonly steps?: string;
  readonly set?: string[];
  readonly out?: string;
}

export function experimentCommand(): Command {
  return new Command('experiment')
    .description('train every row of an experiment with every seed, and write the table, its CSV and a page')
    .argument('<experiment>', 'a preset such as paper/ablation-init, or a file')
    .option('--data <data>', 'rooms, a folder with a dataset.json, or a configuration file', 'rooms')
    .option('--seeds <seeds>', 'how many, or which: 3, or 4,7,11', parseSeeds, [1, 2, 3])
    .option('--steps <number>', 'short for --set train.steps=NUMBER')
    .option('--set <key=value>', 'override a setting of all rows; what a row sets itself stays', collect)
    .option('--out <folder>', 'of the results and the runs; runs/EXPERIMENT-DATA by default')
    .addHelpText('after', () => `\nPresets: ${presetNames().join(', ')}\n\nStarted again, it goes on where it was.`)
    .action(async (name: string, { data, seeds, steps, set = [], out }: Flags) => {
      const shared = [...(steps === undefined ? [] : [`train.steps=${steps}`]), ...set];
      const plan = await planRuns({ experiment: readExperiment(name), data, seeds, set: shared, out });
      const states = await statesOf(plan);
      if (!(await follow(plan, states))) {
        console.error('Stopped and saved. The same command goes on from here.');
        process.exitCode = 130;
        return;
      }
      const results = await readResults(plan, await statesOf(plan));
      const files = await writeResults(results);
      console.log(`${renderTable(experimentTable(results))}\n`);
      for (const line of [...verdict(results), ...columnNotes(results)]) console.log(line);
      console.log(`\n${files.join('\n')}`);
    });
}

/** @throws NddrError when it is neither a number of seeds nor a list of them */
export function parseSeeds(text: string): number[] {
  const numbers = text.split(',').map((word) => (/^\d+$/.test(word.trim()) ? Number(word) : Number.NaN));
  const seeds = numbers.length === 1 ? Array.from({ length: numbers[0] || 0 }, (_, i) => i + 1) : numbers;
  if (seeds.length === 0 || !seeds.every(Number.isSafeInteger) || new Set(seeds).size < seeds.length)
    throw new NddrError(`--seeds ${text}: expected how many (3) or a list of different whole numbers (4,7,11).`);
  return seeds;
}

/** Trains what is left, under one bar for all runs. @returns whether it came to the end */
async function follow(plan: Plan, states: ReadonlyMap<PlannedRun, RunState>): Promise<boolean> {
  const { runs, experiment } = plan;
  const total = sumOf(runs.map(({ config }) => config.train.steps));
  const done = new Map([...states].map(([run, { step }]) => [run, step]));
  const progress = openProgress({ title: experiment.name, total, unit: 'steps', start: sumOf(done.values()) });
  const interruption = onInterrupt((line) => progress.message(line));
  try {
    const told = new Set<string>();
    const tasks = new Map<PlannedRun, readonly Task[]>();
    for (const run of runs) tasks.set(run, tasksOf(run.config));
    for await (const event of runExperiment(plan, states, { signal: interruption.signal })) {
      if (event.type === 'seed') {
        await writeResults(await readResults(plan, await statesOf(plan)));
        continue;
      }
      const { run } = event;
      const title = `${run.row.name}, seed ${run.seed}`;
      const update = (step: number, facts: ProgressFacts) => {
        done.set(run, step);
        progress.update(sumOf(done.values()), { note: title, ...facts });
      };
      switch (event.type) {
        case 'run':
          progress.message(
            `${event.index + 1} of ${runs.length}: ${title}${BEFORE[event.state.kind](event.state.step)}`,
          );
          break;
        case 'failed':
          update(run.config.train.steps, {});
          progress.message(`${title} failed: ${event.message}`);
          break;
        case 'training':
          follower(run, title, tasks.get(run) ?? [], progress, update, told)(event.event);
      }
    }
  } finally {
    progress.close();
    interruption.close();
  }
  return !interruption.signal.aborted;
}

const sumOf = (numbers: Iterable<number>): number => [...numbers].reduce((sum, number) => sum + number, 0);

const BEFORE: Readonly<Record<RunState['kind'], (step: number) => string>> = {
  new: () => '',
  begun: (step) => (step > 0 ? `, goes on after step ${step}` : ', begins anew'),
  done: () => ', done before',
  failed: () => ', failed before',
};

/** Shows an event of a run under way. @param told notes that another run has had already: rows have much in common */
export const follower =
  (
    run: Pick<PlannedRun, 'config'>,
    title: string,
    tasks: readonly Task[],
    progress: Progress,
    update: (step: number, facts: ProgressFacts) => void,
    told: Set<string>,
  ) =>
  (event: RunEvent): void => {
    if (event.type === 'step') {
      update(event.step, { losses: event.losses, imagesPerSecond: imagesPerSecond(run.config, event.stepMillis) });
    } else if (event.type === 'evaluating') update(event.step, { note: `${title}: judged ${event.done} images` });
    else if (event.type === 'reporting') update(event.step, { note: `${title}: judged ${event.done} images` });
    else if (event.type === 'warm-start') progress.message(showTakenOver(event));
    else if (event.type === 'final') {
      progress.message(`reported, "${event.split}": ${showValues(tasks, event.values)}`);
    } else if (event.type === 'evaluation') {
      progress.message(`step ${event.step}: ${showValues(tasks, event.values)}`);
    } else if (event.type === 'note') {
      if (!told.has(event.message)) progress.message(event.message);
      told.add(event.message);
    } else if (event.type === 'warning') progress.message(`warning: ${event.message}`);
  };
