/** `nddr train` and `nddr resume` */
import { join } from 'node:path';
import { Command } from 'commander';
import type { Config } from '../experiments/config.js';
import { readConfig } from '../experiments/config-file.js';
import type { ModuleAccess } from '../experiments/module-access.js';
import { openRun } from '../experiments/open-run.js';
import type { RunEvent, RunOptions } from '../experiments/run.js';
import { runInThread } from '../experiments/run-in-thread.js';
import { tasksOf } from '../experiments/setup.js';
import { imagesPerSecond } from '../experiments/speed.js';
import type { Task } from '../tasks/task.js';
import { withExamples } from './examples.js';
import { onInterrupt } from './interrupt.js';
import { allowModuleOption, collect, deviceOption, deviceSetting, stepsOption } from './options.js';
import { openProgress, type Progress } from './progress.js';
import { showValues, showWarmStart, showWeights } from './show.js';

interface TrainFlags {
  readonly device?: string;
  readonly set?: string[];
  readonly runs: string;
}

interface ResumeFlags extends ModuleAccess {
  readonly device?: string;
  readonly steps?: number;
  readonly set?: string[];
}

export function trainCommand(): Command {
  const command = new Command('train')
    .description('train a network as a configuration file says; the run is kept in the folder runs/NAME')
    .argument('<config>', 'configuration file, such as examples/rooms.json')
    .option('--set <key=value>', 'replace a setting, such as train.steps=500; may be given several times', collect)
    .addOption(
      deviceOption('where to train; short for --set train.device=NAME', 'train.device of the configuration, or cpu'),
    )
    .option('--runs <folder>', 'folder in which the run gets a folder of its name', 'runs')
    .action(async (path: string, { device, set = [], runs }: TrainFlags) => {
      const config = readConfig(path, [...deviceSetting(device), ...set]);
      await trainWithProgress({ path: join(runs, config.name), config });
    });
  return withExamples(
    command,
    { line: 'train examples/rooms.json', does: 'Train on the built-in data set; the run is runs/rooms' },
    {
      line: 'train examples/camvid.json --set data.root=/data/camvid --set train.steps=600 --runs /data/runs',
      does: 'Train with other settings than those of the file, and keep the run in another place',
    },
    {
      line: 'train examples/rooms.json --device webgpu',
      does: 'Train on the graphics card; the command ends with an error where there is none',
    },
  );
}

export function resumeCommand(): Command {
  const command = new Command('resume')
    .description(
      'continue a run from its last checkpoint, with the same results as if it had never stopped; or train it further',
    )
    .argument('<run>', 'folder of the run, such as runs/rooms')
    .addOption(stepsOption('number of steps in all, those already done included; short for --set train.steps=NUMBER'))
    .addOption(deviceOption('where to train from now on; short for --set train.device=NAME', 'where it was trained'))
    .option(
      '--set <key=value>',
      'change a setting from now on: train.*, evaluate.* or data.*; may be given several times',
      collect,
    )
    .addOption(allowModuleOption())
    .action((path: string, { steps, device, set = [], allowModule }: ResumeFlags) => {
      const short = steps === undefined ? [] : [`train.steps=${steps}`];
      return trainWithProgress({ path, allowModule, set: [...short, ...deviceSetting(device), ...set] });
    });
  return withExamples(
    command,
    { line: 'resume runs/rooms', does: 'Continue a run that was stopped' },
    {
      line: 'resume runs/rooms --steps 2000 --set train.rate=0.001',
      does: 'Train a finished run further, to step 2000, at another learning rate',
    },
    {
      line: 'resume runs/rooms --device cpu',
      does: 'Go on without the graphics card that the run was trained on so far',
    },
    {
      line: 'resume downloads/run --allow-module',
      does: 'Continue a run from elsewhere whose backbone is a module that you trust',
    },
  );
}

/** What is known of the run from its events so far, and its progress bar once it has started. */
interface View {
  readonly path: string;
  config?: Config;
  tasks: readonly Task[];
  progress?: Progress;
  final?: FinalEvent;
}

type FinalEvent = Extract<RunEvent, { type: 'final' }>;

/** Trains in a thread of its own and shows how far it is; Ctrl-C saves the run and stops it. */
export async function trainWithProgress(options: RunOptions): Promise<void> {
  const view: View = { path: options.path, tasks: [] };
  const interruption = onInterrupt((line) => view.progress?.message(line));
  try {
    for await (const event of runInThread({ ...options, signal: interruption.signal })) await showEvent(event, view);
  } finally {
    view.progress?.close();
    interruption.close();
  }
}

/** Shows an event of a run, and remembers in the view what later events need. */
async function showEvent(event: RunEvent, view: View): Promise<void> {
  const { path, progress, tasks } = view;
  const print = (line: string) => (progress ? progress.message(line) : console.error(line));
  switch (event.type) {
    case 'start':
      await showStart(event, view);
      break;
    case 'step':
      progress?.update(event.step, {
        losses: event.losses,
        imagesPerSecond: view.config && imagesPerSecond(view.config, event.stepMillis),
      });
      break;
    case 'evaluating':
      progress?.update(event.step, { note: `evaluated ${event.done} images` });
      break;
    case 'evaluation': {
      const split = event.split === undefined ? '' : `, "${event.split}"`;
      const best = event.best ? ' (best so far)' : '';
      print(`step ${event.step}${split}: ${showValues(tasks, event.values)}${best}`);
      break;
    }
    case 'warm-start':
      print(showWarmStart(event));
      break;
    case 'settings':
      print(`from now on ${event.changes.map(({ path, from, to }) => `${path} ${to} (was ${from})`).join(', ')}`);
      break;
    case 'note':
      print(event.message);
      break;
    case 'warning':
      print(`warning: ${event.message}`);
      break;
    case 'reporting':
      progress?.update(event.step, { note: `evaluated ${event.done} of ${event.total} images` });
      break;
    case 'final':
      view.final = event;
      break;
    case 'done':
      progress?.close();
      if (event.early) console.error(`Ended at step ${event.step}: no better score for a while (train.patience).`);
      if (view.final) console.log(await summaryOf(path, view.final));
      break;
    case 'stopped':
      print(`Stopped and saved at step ${event.step}. Go on with: npx nddr resume ${path}`);
      process.exitCode = 130;
  }
}

async function showStart(event: Extract<RunEvent, { type: 'start' }>, view: View): Promise<void> {
  const { config } = await openRun(view.path);
  view.config = config;
  view.tasks = tasksOf(config);
  view.progress = openProgress({ title: config.name, total: event.steps, unit: 'steps', start: event.step });
  view.progress.message(
    `${view.path}: ${(event.parameters / 1e6).toFixed(2)} M parameters, ${config.network.fusion.kind}, ` +
      `${Object.keys(config.tasks).join(' + ')}; on ${event.device}, graph ready in ${(event.openMillis / 1000).toFixed(1)} s`,
  );
}

/** The result of a finished run, and the commands that use it. */
async function summaryOf(path: string, { split, images, weights, weightsStep, values }: FinalEvent): Promise<string> {
  const tasks = tasksOf((await openRun(path)).config);
  const on = `${images === undefined ? '' : `${images} images of `}"${split}"`;
  return [
    `${path}, ${showWeights(weights, weightsStep)}, on ${on}: ${showValues(tasks, values)}`,
    'Next:',
    `  npx nddr eval ${path}               every metric, by class too`,
    `  npx nddr report ${path}             a page with curves and pictures`,
    `  npx nddr predict ${path} photo.jpg  answers about a photo`,
    `  npx nddr export ${path}             an ONNX model`,
  ].join('\n');
}
