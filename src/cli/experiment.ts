/** `nddr experiment` */
import { Command, InvalidArgumentError, Option } from 'commander';
import { presetNames, readExperiment } from '../experiments/comparison/experiment.js';
import { type Plan, type PlannedRun, planRuns } from '../experiments/comparison/plan.js';
import { readResults } from '../experiments/comparison/results.js';
import { runExperiment, statesOf } from '../experiments/comparison/runner.js';
import type { RunState } from '../experiments/comparison/state.js';
import { columnNotes, experimentTable, verdict } from '../experiments/comparison/tables.js';
import { writeResults } from '../experiments/comparison/write.js';
import type { RunEvent } from '../experiments/run.js';
import { tasksOf } from '../experiments/setup.js';
import { imagesPerSecond } from '../experiments/speed.js';
import { renderTable } from '../experiments/table.js';
import type { Task } from '../tasks/task.js';
import { withExamples } from './examples.js';
import { Cost, showPlan, stepsOf } from './experiment-plan.js';
import { onInterrupt } from './interrupt.js';
import { collect, deviceOption, deviceSetting, numbersOption, stepsOption } from './options.js';
import { openProgress, type Progress, type ProgressFacts } from './progress.js';
import { showValues, showWarmStart } from './show.js';

interface Flags {
  readonly data: string;
  readonly seeds: number[];
  readonly steps?: number;
  readonly device?: string;
  readonly set?: string[];
  readonly out?: string;
}

export function experimentCommand(): Command {
  const command = new Command('experiment')
    .description(
      'train every row of an experiment with every seed, and write the table, its CSV and a page; started again, it ' +
        'goes on where it was',
    )
    .argument('<experiment>', 'a preset such as paper/ablation-init, or a file')
    .option('--data <data>', 'rooms (the built-in data set), a folder with a dataset.json, or a configuration', 'rooms')
    .addOption(
      new Option('--seeds <numbers>', 'one number: how many seeds, from 1; several with commas between: which seeds')
        .argParser(seedsIn)
        .default([1, 2, 3], '3'),
    )
    .addOption(stepsOption('number of training steps of every run; short for --set train.steps=NUMBER'))
    .addOption(
      deviceOption('where every run is trained; short for --set train.device=NAME', 'train.device of the rows, or cpu'),
    )
    .option(
      '--set <key=value>',
      'replace a setting of all rows that they do not set themselves; may be given several times',
      collect,
    )
    .addOption(
      new Option('--out <folder>', 'folder of the results and the runs').default(undefined, 'runs/EXPERIMENT-DATA'),
    )
    .addHelpText('after', () => `\nPresets: ${presetNames().join(', ')}`)
    .action(async (name: string, { data, seeds, steps, device, set = [], out }: Flags) => {
      const shared = [...(steps === undefined ? [] : [`train.steps=${steps}`]), ...deviceSetting(device), ...set];
      const plan = await planRuns({ experiment: readExperiment(name), data, seeds, set: shared, out });
      const states = await statesOf(plan);
      if (!(await trainRuns(plan, states))) {
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
  return withExamples(
    command,
    {
      line: 'experiment paper/ablation-init --seeds 3 --steps 450',
      does: 'Run a preset on the built-in data set, every row with the seeds 1, 2 and 3',
    },
    {
      line: 'experiment paper/fusions --device webgpu',
      does: 'Train every row on the graphics card',
    },
    {
      line: 'experiment mine.json --data photos --seeds 4,7,11 --set train.batch=8 --out runs/mine',
      does: 'Run an experiment of your own on your own images',
    },
  );
}

/** `3` is the seeds 1, 2 and 3; `4,7,11` is these. @throws InvalidArgumentError where it is neither */
function seedsIn(text: string): number[] {
  const numbers = numbersOption({ whole: true, least: 0, example: '3 (how many) or 4,7,11 (which)' })(text);
  const seeds = numbers.length === 1 ? Array.from({ length: numbers[0] }, (_, i) => i + 1) : numbers;
  if (seeds.length > 0 && new Set(seeds).size === seeds.length) return seeds;
  throw new InvalidArgumentError('expected at least one seed, and every seed once, such as 3 (how many) or 4,7,11.');
}

/** Trains the runs that are left, under one bar for all. @returns whether all came to their end */
async function trainRuns(plan: Plan, states: ReadonlyMap<PlannedRun, RunState>): Promise<boolean> {
  const { runs, experiment } = plan;
  const { total, done: before } = stepsOf(plan, states);
  const done = new Map([...states].map(([run, { step }]) => [run, step]));
  const progress = openProgress({ title: experiment.name, total, unit: 'steps', start: before });
  progress.message(showPlan(plan, states));
  const cost = new Cost();
  const interruption = onInterrupt((line) => progress.message(line));
  try {
    const shownNotes = new Set<string>();
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
            `${event.index + 1} of ${runs.length}: ${title}${HISTORY[event.state.kind](event.state.step)}`,
          );
          break;
        case 'failed':
          update(run.config.train.steps, {});
          progress.message(`${title} failed: ${event.message}`);
          break;
        case 'training': {
          showRunEvent(event.event, { run, title, tasks: tasks.get(run) ?? [], progress, update, shownNotes });
          const costs = cost.after(event.event, title, total - sumOf(done.values()));
          if (costs) progress.message(costs);
        }
      }
    }
  } finally {
    progress.close();
    interruption.close();
  }
  return !interruption.signal.aborted;
}

const sumOf = (numbers: Iterable<number>): number => [...numbers].reduce((sum, number) => sum + number, 0);

/** What a run of the experiment did before this command, to stand after its title. */
const HISTORY: Readonly<Record<RunState['kind'], (step: number) => string>> = {
  new: () => '',
  begun: (step) => (step > 0 ? `, goes on after step ${step}` : ', begins anew'),
  done: () => ', done before',
  failed: () => ', failed before',
};

/** What is needed to show the events of one run of an experiment. */
export interface RunView {
  readonly run: Pick<PlannedRun, 'config'>;
  readonly title: string;
  readonly tasks: readonly Task[];
  readonly progress: Progress;
  update(step: number, facts: ProgressFacts): void;
  /** Notes of all runs so far: rows have most of them in common, and each is shown once. */
  readonly shownNotes: Set<string>;
}

/** Shows an event of a run under way. */
export function showRunEvent(event: RunEvent, { run, title, tasks, progress, update, shownNotes }: RunView): void {
  switch (event.type) {
    case 'step':
      update(event.step, { losses: event.losses, imagesPerSecond: imagesPerSecond(run.config, event.stepMillis) });
      break;
    case 'evaluating':
    case 'reporting':
      update(event.step, { note: `${title}: evaluated ${event.done} images` });
      break;
    case 'evaluation':
      progress.message(`step ${event.step}: ${showValues(tasks, event.values)}`);
      break;
    case 'final':
      progress.message(`reported, "${event.split}": ${showValues(tasks, event.values)}`);
      break;
    case 'warm-start':
      progress.message(showWarmStart(event));
      break;
    case 'warning':
      progress.message(`warning: ${event.message}`);
      break;
    case 'note':
      if (!shownNotes.has(event.message)) progress.message(event.message);
      shownNotes.add(event.message);
  }
}
