/** Exports a run as an ONNX model that any runtime executes. */
import { openEvaluation } from '../data/loader.js';
import type { ModelOptions } from '../engine/index.js';
import { nodeRuntime } from '../engine/runtime/node.js';
import { NddrError } from '../errors.js';
import { expectFolderOf, writeWhole } from '../files.js';
import { Random } from '../random.js';
import type { TaskValues } from '../tasks/score.js';
import type { Task } from '../tasks/task.js';
import { type EvaluationImage, evaluate } from '../train/evaluate.js';
import type { FixedSizes, OutputForm } from '../train/model-facts.js';
import { inferenceModel, openTrainingForm, type Predictor } from '../train/predictor.js';
import type { Config } from './config.js';
import { openModel } from './model.js';
import type { ModuleAccess } from './module-access.js';
import { openRun } from './open-run.js';
import { networkOf } from './setup.js';
import { openSplit, reading } from './splits.js';
import { version } from './version.js';
import { runWeights, type WeightsChoice } from './weights.js';

export interface ExportOptions extends ModuleAccess {
  /** The best weights by default. */
  readonly weights?: WeightsChoice;
  /** The model file; `model.onnx` in the run's folder by default. */
  readonly out?: string;
  /** How the file stores the weights; float16 takes half the space, float32 is the default. */
  readonly storage?: ModelOptions['weights'];
  /** What the outputs hold; `probabilities` by default. */
  readonly outputs?: OutputForm;
  /** Sizes that are fixed in the file; by default it takes any batch, height and width. */
  readonly fixed?: FixedSizes;
  /** Images of the evaluation split on which the file and the run's network are compared; 20 by default, 0 for none. */
  readonly images?: number;
  /** Settings that replace those of the run, as in `data.root=/elsewhere`. */
  readonly set?: readonly string[];
  /** Once aborted, nothing is written. */
  readonly signal?: AbortSignal;
}

export interface Exported {
  readonly path: string;
  readonly bytes: number;
  /** By task: the difference between the answers of the file and those of the network in training form. */
  readonly differences: Readonly<Record<string, Difference>>;
  /** Left out where no image was asked for or the data set cannot be read. */
  readonly judged?: MetricComparison;
  /** Why there is no `judged`, where it was asked for. */
  readonly notJudged?: string;
}

/**
 * Differences between all numbers of two answers, on random images of two sizes. They are relative to the largest
 * number where that is more than 1.
 */
export interface Difference {
  readonly largest: number;
  readonly mean: number;
}

/** Every metric of the run's network and of the exported file, on the same images. */
export interface MetricComparison {
  readonly split: string;
  readonly images: number;
  readonly network: TaskValues;
  readonly file: TaskValues;
}

/** The largest difference that rounding can explain. */
export interface Tolerance {
  readonly of: keyof Difference;
  readonly most: number;
  /** What may help where the difference is larger. */
  readonly hint?: string;
}

/** By the storage of weights; decisions that are nearly ties may fall the other way. */
const LARGEST: Tolerance = { of: 'largest', most: 1e-3 };
const MEAN: Tolerance = { of: 'mean', most: 1e-2 };
const HALF: Tolerance = { ...MEAN, hint: 'Leave --fp16 out.' };

const tolerances = (tasks: readonly Task[], storage: ModelOptions['weights'], outputs: OutputForm) =>
  Object.fromEntries(
    tasks.map(({ name, decide }) => {
      const usual = storage === 'float16' ? HALF : LARGEST;
      return [name, outputs === 'decisions' && decide ? { ...usual, ...MEAN } : usual];
    }),
  );

/** Height and width of the random images, where the file has no fixed size. */
const SIZES = [
  [97, 121],
  [160, 96],
] as const;
/** Images that are judged by default. */
export const JUDGED_IMAGES = 20;

/**
 * Writes the ONNX model of a run and checks it. The file is first written under another name, read back, and compared
 * with the network in training form on random images and on images of the evaluation split. It takes its own name when
 * the check has passed; otherwise an earlier file of that name stays as it was.
 * @throws NddrError when the two differ, a weight is too large for float16, the file cannot be written, or its folder
 *   is not there; the signal's reason once it is aborted
 */
export async function exportRun(path: string, options: ExportOptions = {}): Promise<Exported> {
  const { weights: choice = 'best', images = JUDGED_IMAGES, set, signal, allowModule } = options;
  const { storage = 'float32', outputs = 'probabilities', fixed = {} } = options;
  const { folder, config } = await openRun(path, set);
  const target = options.out ?? folder.modelPath;
  if (options.out !== undefined) expectFolderOf(target, '--out');
  const network = await networkOf(config, { allowModule });
  const { values, step, weights } = await runWeights(folder, choice);
  const origin = { version: version(), run: config.name, step, weights };
  const { bytes: model } = inferenceModel(network, values, { storage, outputs, fixed, origin });
  const trained = await openTrainingForm(network, values, nodeRuntime(), outputs);
  try {
    let checked: Omit<Exported, 'path'> | undefined;
    await writeWhole(target, [model], async (aside) => {
      // The file as any program gets it, with what it says about itself.
      const { predictor: exported } = await openModel(aside);
      try {
        const differences = await compare(trained, exported);
        assertClose(differences, tolerances(network.tasks, storage, outputs), target);
        signal?.throwIfAborted();
        checked = { bytes: model.length, differences, ...(await judge(trained, exported, { config, images, signal })) };
      } finally {
        await exported.close();
      }
    });
    if (!checked) throw new Error('a file was put into place unchecked');
    return { path: target, ...checked };
  } finally {
    await trained.close();
  }
}

/** @throws NddrError when a task's answers differ by more than rounding can explain */
export function assertClose(
  differences: Exported['differences'],
  tolerance: Readonly<Record<string, Tolerance>>,
  target: string,
): void {
  for (const [task, difference] of Object.entries(differences)) {
    const { of, most, hint } = tolerance[task];
    if (difference[of] <= most) continue;
    throw new NddrError(
      `${target} was not written: the answers of ${task} would differ by ${difference[of]} (${of}; at most ${most} is ` +
        `rounding) from those of the network it is made of.${hint ? ` ${hint}` : ''}`,
    );
  }
}

async function compare(trained: Predictor, exported: Predictor): Promise<Record<string, Difference>> {
  const sums: Record<string, { largest: number; total: number; count: number }> = {};
  const { height: fixedHeight, width: fixedWidth } = exported.sizes;
  for (const [anyHeight, anyWidth] of SIZES) {
    const [height, width] = [fixedHeight ?? anyHeight, fixedWidth ?? anyWidth];
    const random = new Random('export').fork(anyHeight);
    const image = Float32Array.from({ length: 3 * height * width }, () => random.integer(256));
    const wanted = await trained.answer(image, height, width);
    const found = await exported.answer(image, height, width);
    for (const { name } of trained.tasks) {
      const { data } = wanted[name];
      const other = found[name].data;
      const scale = Math.max(1, largestOf(data));
      sums[name] ??= { largest: 0, total: 0, count: 0 };
      const sum = sums[name];
      sum.count += data.length;
      for (let i = 0; i < data.length; i++) {
        const difference = Math.abs(data[i] - other[i]) / scale; // NaN where the file answers nothing
        sum.largest = Math.max(sum.largest, difference);
        sum.total += difference;
      }
    }
  }
  const entries = Object.entries(sums);
  return Object.fromEntries(
    entries.map(([name, { largest, total, count }]) => [name, { largest, mean: total / count }]),
  );
}

function largestOf(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]));
  return largest;
}

/** The metrics of both on the first images of the evaluation split. */
async function judge(
  trained: Predictor,
  exported: Predictor,
  { config, images, signal }: { readonly config: Config; readonly images: number; readonly signal?: AbortSignal },
): Promise<Pick<Exported, 'judged' | 'notJudged'>> {
  if (images === 0) return {};
  const { split } = config.evaluate;
  const samples: EvaluationImage[] = [];
  try {
    await openSplit(config, split);
    const all = openEvaluation({ ...reading(config, split), workers: config.train.workers });
    for await (const sample of all) if (samples.push(sample) >= images) break;
  } catch (error) {
    // A model may be exported where its training data are not.
    if (error instanceof NddrError) return { notJudged: error.message };
    throw error;
  }
  const { height, width } = exported.sizes;
  const other = samples.find((one) => one.height !== (height ?? one.height) || one.width !== (width ?? one.width));
  if (other)
    return { notJudged: `${other.id} of "${split}" is ${other.width}x${other.height}, the file takes another size.` };
  const valuesOf = async (predictor: Predictor): Promise<TaskValues> => {
    const judging = evaluate(predictor, predictor.tasks, samples);
    let next = await judging.next();
    for (; !next.done; next = await judging.next()) signal?.throwIfAborted();
    return next.value;
  };
  const network = await valuesOf(trained);
  return { judged: { split, images: samples.length, network, file: await valuesOf(exported) } };
}
