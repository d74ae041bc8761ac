/** Which nodes of a configuration's graphs a device would leave to the processor. */
import { statSync } from 'node:fs';
import { cpu, MOST_OPTIMISED_NODES } from '../../engine/index.js';
import { type Device, type DeviceName, devices } from '../../engine/runtime/devices.js';
import { type Fallback, fallbacksOf } from '../../engine/runtime/node/fallbacks.js';
import { initialValues } from '../../nn/scope.js';
import { Random } from '../../random.js';
import { inferenceModel } from '../../train/predictor.js';
import { buildStep } from '../../train/step.js';
import { createWeighting } from '../../train/weighting/index.js';
import { type Config, parseConfig } from '../config.js';
import { readConfig } from '../config-file.js';
import type { ModuleAccess } from '../module-access.js';
import { openRun } from '../open-run.js';
import { completeConfig, networkOf } from '../setup.js';

/** Nodes that stay on the processor, by graph; empty lists where all run on the device. */
export interface GraphFallbacks {
  readonly device: DeviceName;
  /** One training step. */
  readonly step: readonly Fallback[];
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
  const { target = cpu }: Device = devices[device];
  const { batch, height, width, lossAt, lossWeights, accumulate } = config.train;
  const weighting = createWeighting(config.train.weighting, network.tasks);
  const step = buildStep({ network, batch, height, width, lossAt, lossWeights, weighting, accumulate, target });
  const values = initialValues(step.variables.values(), new Random('doctor'));
  const optimise = step.model.nodeCount <= MOST_OPTIMISED_NODES;
  return {
    device,
    step: await fallbacksOf(step.model.bytes, device, { optimise }),
    model: await fallbacksOf(inferenceModel(network, values).bytes, device),
  };
}
