/** Which nodes of a configuration's graphs a device would leave to the processor. */
import { statSync } from 'node:fs';
import { cpu, MOST_OPTIMISED_NODES, type Model } from '../../engine/index.js';
import { type Device, type DeviceName, devices } from '../../engine/runtime/devices.js';
import { type Fallback, fallbacksOf } from '../../engine/runtime/node/fallbacks.js';
import { initialValues } from '../../nn/scope.js';
import { Random } from '../../random.js';
import { buildUpdate } from '../../train/device/update-graph.js';
import { createOptimizer } from '../../train/optimizers/index.js';
import { inferenceModel } from '../../train/predictor.js';
import { buildStep } from '../../train/step-graph.js';
import { createWeighting } from '../../train/weighting/index.js';
import { type Config, parseConfig } from '../config.js';
import { readConfig } from '../config-file.js';
import type { ModuleAccess } from '../module-access.js';
import { openRun } from '../open-run.js';
import { completeConfig, networkOf } from '../setup.js';

/** Nodes that stay on the processor, by graph; empty lists where all run on the device. */
export interface GraphFallbacks {
  readonly device: DeviceName;
  /** The step of a training: losses and gradients. */
  readonly step: readonly Fallback[];
  /** The update of weights, where they live on the device; on the host it is no graph. */
  readonly update?: readonly Fallback[];
  /** The model for images of any size, as `predict` opens it and `export` writes it. */
  readonly model: readonly Fallback[];
}

/**
 * The complete configuration of a file or of a run.
 * @param path a configuration file, or the folder of a run
 * @throws NddrError when there is neither, or its data set cannot be read
 */
export async function configurationOf(path: string, set: readonly string[] = []): Promise<Config> {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return (await openRun(path, set)).config;
  return completeConfig(parseConfig(readConfig(path, set), path));
}

/** Opens the graphs of a configuration on a device that works, and lists what it leaves to the processor. */
export async function graphFallbacks(
  config: Config,
  device: DeviceName,
  access: ModuleAccess = {},
): Promise<GraphFallbacks> {
  const network = await networkOf(config, access);
  const { target = cpu, weights }: Device = devices[device];
  const resident = weights === 'device';
  const { batch, height, width, lossAt, lossWeights, accumulate } = config.train;
  const weighting = createWeighting(config.train.weighting, network.tasks);
  const step = buildStep({
    network,
    batch,
    height,
    width,
    lossAt,
    lossWeights,
    weighting,
    accumulate,
    target,
    resident,
  });
  const values = initialValues(step.variables.values(), new Random('doctor'));
  const { rates, clip } = config.train;
  const { rule } = createOptimizer(config.train.optimizer, step.variables.values(), values, config.train);
  const averages = config.train.average !== null;
  const ofTraining = ({ bytes, nodeCount }: Model) =>
    fallbacksOf(bytes, device, { optimise: nodeCount <= MOST_OPTIMISED_NODES });
  return {
    device,
    step: await ofTraining(step.model),
    ...(resident && { update: await ofTraining(buildUpdate({ step, rule, rates, clip, averages, target }).model) }),
    model: await fallbacksOf(inferenceModel(network, values).bytes, device),
  };
}
