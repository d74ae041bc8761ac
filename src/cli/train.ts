/** nddr train, nddr resume */
import { join } from 'node:path';
import { Command } from 'commander';
import { readConfig } from '../experiments/config.js';
import { openRun } from '../experiments/judge.js';
import type { ModuleAccess } from '../experiments/module-access.js';
import type { RunOptions } from '../experiments/run.js';
import { runInThread } from '../experiments/run-in-thread.js';
import { tasksOf } from '../experiments/setup.js';
import type { Task } from '../tasks/task.js';
import { allowModuleOption } from './allow-module.js';
import { onInterrupt } from './interrupt.js';
import { openProgress } from './progress.js';
import { showValues } from './show.js';

export const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

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
    .description('go on with a run from its last checkpoint, bit for bit')
    .argument('<run>', 'folder of the run, such as runs/demo')
    .addOption(allowModuleOption())
    .action((path: string, { allowModule }: ModuleAccess) => follow({ path, allowModule }));
  return [train, resume];
}

/** Trains in a thread of its own, shows how far it is, and lets Ctrl-C save and stop. */
export async function follow(options: RunOptions): Promise<void> {
  let progress: ReturnType<typeof openProgress> | undefined;
  const interruption = onInterrupt((line) => progress?.message(line));
  let tasks: readonly Task[] = [];
  let batch = 1;
  try {
    for await (const event of runInThread({ ...options, signal: interruption.signal })) {
      switch (event.type) {
        case 'start': {
          const { config } = await openRun(options.path);
          batch = config.train.batch * config.train.accumulate;
          tasks = tasksOf(config);
          progress = openProgress({ title: config.name, total: event.steps, unit: 'steps', start: event.step });
          progress.message(
            `${options.path}: ${(event.parameters / 1e6).toFixed(2)} M parameters, ${config.network.fusion.kind}, ` +
              `${Object.keys(config.tasks).join(' + ')}; graph ready in ${(event.openMillis / 1000).toFixed(1)} s`,
          );
          break;
        }
        case 'step':
          progress?.update(event.step, { losses: event.losses, imagesPerSecond: (batch * 1000) / event.stepMillis });
          break;
        case 'evaluating':
          progress?.update(event.step, { note: `judged ${event.done} images` });
          break;
        case 'evaluation':
          progress?.message(
            `step ${event.step}: ${showValues(tasks, event.values)}${event.best ? ' (best so far)' : ''}`,
          );
          break;
        case 'stopped':
          progress?.message(`Stopped and saved at step ${event.step}. Go on with: npx nddr resume ${options.path}`);
          process.exitCode = 130;
          break;
        case 'warning':
          console.error(`warning: ${event.message}`);
      }
    }
  } finally {
    progress?.close();
    interruption.close();
  }
}
