/** nddr train, nddr resume */
import { join } from 'node:path';
import { Command } from 'commander';
import type { Config } from '../experiments/config.js';
import { readConfig } from '../experiments/config-file.js';
import { openRun } from '../experiments/judge.js';
import type { ModuleAccess } from '../experiments/module-access.js';
import type { RunEvent, RunOptions } from '../experiments/run.js';
import { runInThread } from '../experiments/run-in-thread.js';
import { tasksOf } from '../experiments/setup.js';
import type { Task } from '../tasks/task.js';
import { onInterrupt } from './interrupt.js';
import { allowModuleOption, collect } from './options.js';
import { openProgress } from './progress.js';
import { imagesPerSecond, showTakenOver, showValues, showWeights } from './show.js';

interface ResumeFlags extends ModuleAccess {
  readonly steps?: string;
  readonly set?: string[];
}

export function trainCommands(): Command[] {
  const train = new Command('train')
    .description('train a network as a configuration file says; the run is kept in runs/NAME')
    .argument('<config>', 'configuration file, such as examples/rooms.json')
    .option('--set <key=value>', 'override a setting, as in train.steps=500; may be given several times', collect)
    .option('--runs <folder>', 'where runs are kept', 'runs')
    .action(async (path: string, { set, runs }: { set?: string[]; runs: string }) => {
      const config = readConfig(path, set);
      await follow({ path: join(runs, config.name), config });
    });
  const resume = new Command('resume')
    .description('go on with a run from its last checkpoint, bit for bit; or take it further, optimizer and all')
    .argument('<run>', 'folder of the run, such as runs/demo')
    .option('--steps <number>', 'steps in all, those that are done included: short for --set train.steps=NUMBER')
    .option('--set <key=value>', 'from now on another setting: train.*, evaluate.* or data.*', collect)
    .addOption(allowModuleOption())
    .action((path: string, { steps, set = [], allowModule }: ResumeFlags) =>
      follow({ path, allowModule, set: [...(steps === undefined ? [] : [`train.steps=${steps}`]), ...set] }),
    );
  return [train, resume];
}

/** Trains in a thread of its own, shows how far it is, and lets Ctrl-C save and stop. */
export async function follow(options: RunOptions): Promise<void> {
  let progress: ReturnType<typeof openProgress> | undefined;
  const interruption = onInterrupt((line) => progress?.message(line));
  let tasks: readonly Task[] = [];
  let final: FinalEvent | undefined;
  let config: Config | undefined;
  const say = (line: string) => (progress ? progress.message(line) : console.error(line));
  try {
    for await (const event of runInThread({ ...options, signal: interruption.signal })) {
      switch (event.type) {
        case 'start': {
          ({ config } = await openRun(options.path));
          tasks = tasksOf(config);
          progress = openProgress({ title: config.name, total: event.steps, unit: 'steps', start: event.step });
          progress.message(
            `${options.path}: ${(event.parameters / 1e6).toFixed(2)} M parameters, ${config.network.fusion.kind}, ` +
              `${Object.keys(config.tasks).join(' + ')}; graph ready in ${(event.openMillis / 1000).toFixed(1)} s`,
          );
          break;
        }
        case 'step':
          progress?.update(event.step, {
            losses: event.losses,
            imagesPerSecond: config && imagesPerSecond(config, event.stepMillis),
          });
          break;
        case 'evaluating':
          progress?.update(event.step, { note: `judged ${event.done} images` });
          break;
        case 'evaluation':
          say(
            `step ${event.step}${event.split === undefined ? '' : `, "${event.split}"`}: ` +
              `${showValues(tasks, event.values)}${event.best ? ' (best so far)' : ''}`,
          );
          break;
        case 'warm-start':
          say(showTakenOver(event));
          break;
        case 'settings':
          say(`from now on ${event.changes.map(({ path, from, to }) => `${path} ${to} (was ${from})`).join(', ')}`);
          break;
        case 'note':
          say(event.message);
          break;
        case 'reporting':
          progress?.update(event.step, { note: `judged ${event.done} of ${event.total} images` });
          break;
        case 'final':
          final = event;
          break;
        case 'done':
          progress?.close();
          if (event.early) console.error(`Ended at step ${event.step}: no better score for a while (train.patience).`);
          if (final) console.log(await endOf(options.path, final));
          break;
        case 'stopped':
          say(`Stopped and saved at step ${event.step}. Go on with: npx nddr resume ${options.path}`);
          process.exitCode = 130;
          break;
        case 'warning':
          say(`warning: ${event.message}`);
      }
    }
  } finally {
    progress?.close();
    interruption.close();
  }
}

type FinalEvent = Extract<RunEvent, { type: 'final' }>;

/** What a run came to, and what to do with it. */
async function endOf(path: string, { split, images, weights, weightsStep, values }: FinalEvent): Promise<string> {
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
