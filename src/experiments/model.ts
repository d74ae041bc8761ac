/** Opens a model to answer questions about images, whatever it comes from: a run, or an exported file. */
import { statSync } from 'node:fs';
import { extname } from 'node:path';
import type { ModelDescription, Runtime, Session } from '../engine/index.js';
import type { DeviceName } from '../engine/runtime/devices.js';
import { nodeRuntime, requireDevice } from '../engine/runtime/node.js';
import { NddrError } from '../errors.js';
import { readWhole } from '../files.js';
import { createTask } from '../tasks/index.js';
import type { SwapSetting } from '../tasks/swap.js';
import type { Task } from '../tasks/task.js';
import { factsOf, type InputSizes, type ModelFacts, modelFacts, readDescription } from '../train/model-facts.js';
import { asProbabilities } from '../train/output-forms.js';
import { expectingShapes } from '../train/output-shapes.js';
import { inferenceModel, Predictor } from '../train/predictor.js';
import { someOf } from '../words.js';
import type { ModuleAccess } from './module-access.js';
import { openRun } from './open-run.js';
import { networkOf } from './setup.js';
import { version } from './version.js';
import { runWeights, type WeightsChoice } from './weights.js';

export interface OpenModelOptions extends ModuleAccess {
  /** Of a run: the best weights by default. A file has weights of its own. */
  readonly weights?: WeightsChoice;
  /** Settings that replace those of the run, as in `data.root=/elsewhere`. */
  readonly set?: readonly string[];
  /** Threads of one operator; all processors by default. */
  readonly threads?: number;
  /** Where the network runs; `cpu` by default, whatever it was trained on. */
  readonly device?: DeviceName;
  /** The run whose tasks a file without a description has: its outputs bear their names. */
  readonly run?: string;
}

/** A model that answers; close its predictor when it is no longer needed. */
export interface OpenedModel {
  readonly path: string;
  readonly from: 'run' | 'file';
  /** What the model says about itself; without `origin` where a file does not tell. */
  readonly facts: ModelFacts;
  /** Answers with probabilities, whatever the outputs of a file hold. */
  readonly predictor: Predictor;
  /** Classes that change places in a mirrored image, as in the training of a run; found by their names for a file. */
  readonly swap?: SwapSetting;
}

/** Whether a path is meant as a model file and not as the folder of a run. */
export const isModelFile = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFile() ?? extname(path).toLowerCase() === '.onnx';

/**
 * Opens the folder of a run, or an ONNX file that `nddr export` wrote; the caller closes it.
 * @throws NddrError when the device cannot be had, when there is neither, when a run has no checkpoint yet, and when a file is damaged, does not
 *   describe its tasks, or is not what its description says; with the way out
 */
export async function openModel(path: string, options: OpenModelOptions = {}): Promise<OpenedModel> {
  await requireDevice(options.device ?? 'cpu');
  return isModelFile(path) ? openFile(path, options) : openOfRun(path, options);
}

/** The predictor of `openModel` alone. */
export const openPredictor = async (path: string, options?: OpenModelOptions): Promise<Predictor> =>
  (await openModel(path, options)).predictor;

async function openOfRun(path: string, options: OpenModelOptions): Promise<OpenedModel> {
  const { weights: choice = 'best', device, threads, set, run, allowModule } = options;
  if (run !== undefined) throw new NddrError(`--run ${run}: ${path} is a run itself. --run is for a model file.`);
  const { folder, config } = await openRun(path, set);
  const network = await networkOf(config, { allowModule });
  const { values, step, weights } = await runWeights(folder, choice);
  const origin = { version: version(), run: config.name, step, weights };
  const session = await nodeRuntime({ device, threads }).open(inferenceModel(network, values).bytes);
  const facts = factsOf(network, { outputs: 'probabilities', origin });
  const predictor = new Predictor(session, network.tasks, facts.input);
  return { path, from: 'run', facts, predictor, swap: config.train.augment.swap };
}

async function openFile(
  path: string,
  { device, threads, run, weights, set, allowModule }: OpenModelOptions,
): Promise<OpenedModel> {
  if (weights !== undefined)
    throw new NddrError(`--weights ${weights}: ${path} is a file and has weights of its own. Leave --weights out.`);
  const bytes = await readWhole(path);
  const description = readDescription(bytes, path);
  requireOwnWeights(path, description);
  const facts = run === undefined ? describedFacts(path, description) : await factsOfRun(run, { set, allowModule });
  const tasks = facts.tasks.map((task) => taskOf(path, task));
  const sizes = { ...sizesOf(path, description), least: facts.input.least };
  requireOutputs(path, description, tasks);
  if (run === undefined) requireSizes(path, facts.input, description);
  const runtime = nodeRuntime({ device, threads });
  const session = expectingShapes(await opened(path, bytes, runtime), tasks, facts.outputs, path);
  const answering = await asProbabilities(session, tasks, facts.outputs, runtime);
  return { path, from: 'file', facts, predictor: new Predictor(answering, tasks, sizes) };
}

function requireOwnWeights(path: string, { external }: ModelDescription): void {
  if (external.length === 0) return;
  throw new NddrError(
    `${path}: keeps weights in other files (${someOf(external)}). Only models in one file are opened: save it as one.`,
  );
}

/** The facts that a file carries. @throws NddrError with the way out where it carries none */
function describedFacts(path: string, description: ModelDescription): ModelFacts {
  try {
    return modelFacts(description, path);
  } catch (error) {
    if (!(error instanceof NddrError)) throw error;
    const way = 'Export it again with "npx nddr export", or name the run that it was made of with --run RUN.';
    throw new NddrError(`${error.message} ${way}`, { cause: error });
  }
}

/** The facts of a run's network: for a file that carries none. */
async function factsOfRun(run: string, { set, allowModule }: OpenModelOptions): Promise<ModelFacts> {
  const { config } = await openRun(run, set);
  return factsOf(await networkOf(config, { allowModule }), { outputs: 'probabilities' });
}

function taskOf(path: string, { name, kind, settings, channels }: ModelFacts['tasks'][number]): Task {
  if (!settings)
    throw new NddrError(
      `${path}: the task "${name}" (${kind}) is an object of the program that trained it, and only that program can ` +
        'interpret it.',
    );
  let task: Task;
  try {
    task = createTask(name, settings);
  } catch (error) {
    if (!(error instanceof NddrError)) throw error;
    throw new NddrError(`${path}: ${error.message}`, { cause: error });
  }
  if (task.channels === channels) return task;
  throw new NddrError(`${path}: "${name}" has ${channels} channels, expected ${task.channels} by its settings.`);
}

/** The sizes that the input of a graph states. @throws NddrError when it is not one image */
function sizesOf(path: string, { inputs }: ModelDescription): Omit<InputSizes, 'least'> {
  const [image, ...more] = inputs;
  const shape = image?.shape ?? [null, 3, null, null];
  if (image?.name !== 'image' || more.length > 0 || shape.length !== 4 || (shape[1] ?? 3) !== 3) {
    const found = inputs.map(
      ({ name, shape: axes }) => `${name}${axes ? ` [${axes.map((n) => n ?? '?').join(', ')}]` : ''}`,
    );
    throw new NddrError(
      `${path}: expected one input, image [N, 3, H, W], found ${found.join(', ') || 'none'}. ` +
        'Only networks that nddr exported can be used.',
    );
  }
  return { batch: shape[0], height: shape[2], width: shape[3] };
}

/** @throws NddrError where the description in the file states other sizes than its graph, as far as that tells */
function requireSizes(path: string, said: ModelFacts['input'], { inputs: [image] }: ModelDescription): void {
  if (!image?.shape) return;
  for (const [at, axis] of [
    [0, 'batch'],
    [2, 'height'],
    [3, 'width'],
  ] as const) {
    const [claimed, found] = [said[axis], image.shape[at]];
    if (claimed === found) continue;
    throw new NddrError(
      `${path}: the description in the file says that its ${axis} is ${claimed ?? 'free'}, and in its graph it is ` +
        `${found ?? 'free'}. The file describes another model: export it again.`,
    );
  }
}

function requireOutputs(path: string, { outputs }: ModelDescription, tasks: readonly Task[]): void {
  const names = outputs.map(({ name }) => name);
  const missing = tasks.filter(({ name }) => !names.includes(name)).map(({ name }) => name);
  if (missing.length === 0) return;
  throw new NddrError(`${path}: has no output ${missing.join(', ')}; its outputs are ${names.join(', ') || 'none'}.`);
}

async function opened(path: string, bytes: Uint8Array, runtime: Runtime): Promise<Session> {
  try {
    return await runtime.open(bytes);
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    throw new NddrError(`${path}: ONNX Runtime cannot open it (${reason}). Export it again.`, { cause: error });
  }
}
