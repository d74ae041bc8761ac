/** `nddr eval` */
import { Command, Option } from 'commander';
import type { DeviceName } from '../engine/runtime/devices.js';
import { NddrError } from '../errors.js';
import { type Judgement, judgeRun, type Opened, type Seen } from '../experiments/judge.js';
import { judgeFile } from '../experiments/judge-file.js';
import { isModelFile } from '../experiments/model.js';
import type { ModuleAccess } from '../experiments/module-access.js';
import { openRun } from '../experiments/open-run.js';
import { tasksOf } from '../experiments/setup.js';
import type { WeightsChoice } from '../experiments/weights.js';
import type { Task } from '../tasks/task.js';
import { showViews, viewsOf } from '../train/views.js';
import { several } from '../words.js';
import { withExamples } from './examples.js';
import {
  allowModuleOption,
  deviceOption,
  overrideOption,
  tasksOfRunOption,
  viewOptions,
  weightsOption,
} from './options.js';
import { openProgress } from './progress.js';
import { showAllValues, showDevice, showPerClass, showWeights } from './show.js';

interface Flags extends ModuleAccess {
  readonly data?: string;
  readonly run?: string;
  readonly split?: string;
  readonly weights?: WeightsChoice;
  readonly device?: DeviceName;
  readonly set?: string[];
  readonly scales?: readonly number[];
  readonly flip?: true;
  readonly json?: true;
}

export function evalCommand(): Command {
  const command = new Command('eval')
    .description('evaluate a run or a model file on a split of a data set: every metric, every image at its full size')
    .argument('<run|file>', 'folder of the run, or a model file that export wrote')
    .option(
      '--data <path>',
      'of a model file: a folder with a dataset.json, or a configuration file whose data set is taken',
    )
    .addOption(
      new Option('--split <name>', 'which split').default(
        undefined,
        'evaluate.report of the configuration; of a model file test, else val',
      ),
    )
    .addOption(weightsOption('evaluate.weights of the configuration'))
    .addOption(tasksOfRunOption());
  for (const option of viewOptions()) command.addOption(option);
  command
    .addOption(deviceOption('where the network runs, whatever it was trained on'))
    .option('--json', 'print one JSON object instead of lines')
    .addOption(overrideOption())
    .addOption(allowModuleOption())
    .action((path: string, flags: Flags) => (isModelFile(path) ? evaluateFile(path, flags) : evaluateRun(path, flags)));
  return withExamples(
    command,
    { line: 'eval runs/rooms', does: 'Print every metric on the split that the configuration reports, also by class' },
    {
      line: 'eval runs/rooms --split val --weights last --scales 0.75,1,1.25 --flip',
      does: 'Evaluate the latest weights on another split, each answer averaged over six views of the image',
    },
    {
      line: 'eval runs/rooms --device webgpu',
      does: 'Evaluate on the graphics card',
    },
    {
      line: 'eval runs/camvid --set data.root=/data/camvid --json',
      does: 'Print JSON for another program; the images are in another folder than in training',
    },
    {
      line: 'eval runs/camvid/model.onnx --data path/to/camvid --split val',
      does: 'Evaluate an exported file on a folder of images and labels',
    },
    {
      line: 'eval old.onnx --data examples/camvid.json --run runs/camvid',
      does: 'Evaluate a file that does not describe its tasks: they are those of the run that it was made of',
    },
    {
      line: 'eval downloads/run --allow-module',
      does: 'Evaluate a run from elsewhere whose backbone is a module that you trust',
    },
  );
}

async function evaluateRun(
  path: string,
  { split, weights, device, set, json, allowModule, ...flags }: Flags,
): Promise<void> {
  for (const option of ['data', 'run'] as const)
    if (flags[option] !== undefined)
      throw new NddrError(
        `--${option} ${flags[option]}: ${path} is a run, which has a data set and tasks of its own. ` +
          `--${option} is for a model file; other images of a run: --set data.root=FOLDER.`,
      );
  const views = viewsOf(flags.scales, flags.flip);
  const { config } = await openRun(path, set);
  const judged = await withBar(`${config.name}: evaluation`, (seen) =>
    judgeRun({
      ...{ path, weights, split, device, set, views, allowModule, seen },
      opened({ step, weights: which, images, split: name }: Opened) {
        const judgedOn = `${several(images, 'image')} of "${name}"${showViews(views)}${showDevice(device)}`;
        if (!json) console.log(`${path}, ${showWeights(which, step)}, ${judgedOn}`);
        if (weights === 'best' && which === 'last')
          console.error(`warning: ${path} has no best weights yet; these are the latest.`);
      },
    }),
  );
  if (json) console.log(JSON.stringify({ run: path, ...judged, device: device ?? 'cpu', ...(views && { views }) }));
  else showTable(tasksOf(config), judged);
}

async function evaluateFile(
  path: string,
  { data, weights, split, device, set, run, json, allowModule, ...flags }: Flags,
) {
  if (weights !== undefined)
    throw new NddrError(`--weights ${weights}: ${path} is a file and has weights of its own. Leave --weights out.`);
  if (data === undefined)
    throw new NddrError(
      `${path} is a model file: name the data set to evaluate it on with --data FOLDER or CONFIG.json.`,
    );
  const views = viewsOf(flags.scales, flags.flip);
  const { tasks, facts, notes, ...judged } = await withBar(`${path}: evaluation`, (seen) =>
    judgeFile({
      ...{ path, data, split, device, set, run, views, allowModule, seen },
      opened({ facts: { origin }, images, split: name, notes: sentences }) {
        const of = origin
          ? `${showWeights(origin.weights, origin.step)} of ${origin.run}`
          : 'weights of unknown origin';
        if (!json)
          console.log(
            `${path}, ${of}, ${several(images, 'image')} of "${name}"${showViews(views)}${showDevice(device)}`,
          );
        for (const sentence of sentences) console.error(`note: ${sentence}`);
      },
    }),
  );
  if (json)
    console.log(
      JSON.stringify({
        file: path,
        origin: facts.origin,
        ...judged,
        device: device ?? 'cpu',
        notes,
        ...(views && { views }),
      }),
    );
  else showTable(tasks, judged);
}

/** Judges with a progress bar, which is gone when it ends. */
async function withBar<T>(title: string, judge: (seen: (seen: Seen) => void) => Promise<T>): Promise<T> {
  let progress: ReturnType<typeof openProgress> | undefined;
  try {
    return await judge(({ done, total }) => {
      progress ??= openProgress({ title, total, unit: 'images' });
      progress.update(done);
    });
  } finally {
    progress?.close();
  }
}

function showTable(tasks: readonly Task[], { values, perClass }: Pick<Judgement, 'values' | 'perClass'>): void {
  console.log(showAllValues(tasks, values));
  const classes = showPerClass(tasks, perClass);
  if (classes) console.log(classes);
}
