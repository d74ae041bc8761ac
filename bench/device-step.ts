/** Times training steps on a device that keeps the weights. The first steps, in which kernels are compiled, are left out. */
import { type Model, sizeOf, type ValueType } from '../src/engine/index.js';
import type { DeviceName } from '../src/engine/runtime/devices.js';
import { nodeRuntime } from '../src/engine/runtime/node.js';
import { initialValues } from '../src/nn/scope.js';
import { Random } from '../src/random.js';
import { DeviceUpdater } from '../src/train/device/device-updater.js';
import { buildUpdate, type UpdateGraph, updateNames } from '../src/train/device/update-graph.js';
import { DropoutMasks } from '../src/train/dropout.js';
import { createOptimizer } from '../src/train/optimizers/index.js';
import type { StepGraph } from '../src/train/step-graph.js';
import { Weigher } from '../src/train/weigher.js';
import { LOSS_WEIGHTS } from './options.js';
import { medianOf, peakRssMib, rounded } from './statistics.js';
import {
  BASE_RATE,
  networkOf,
  RATES,
  randomBatch,
  SGD,
  type StepBench,
  stepGraph,
  WARM_UP_STEPS,
  weightingOf,
} from './step.js';

/** @throws Error when weights do not stay on the device */
export async function benchDeviceStep(options: StepBench, device: DeviceName) {
  const runtime = nodeRuntime({ device, threads: options.threads });
  const { memory } = runtime;
  if (!memory) throw new Error(`on ${device} weights stay on the host: bench step without --device times that`);
  const target = await runtime.target?.();
  const graph = stepGraph(options, target, true);
  const random = new Random('bench');
  const values = initialValues(graph.variables.values(), random);
  const optimizer = createOptimizer(SGD, graph.variables.values(), values, { rates: RATES });
  const weigher = new Weigher(weightingOf(options), networkOf(options).tasks, LOSS_WEIGHTS, random.fork('weighting'));
  const batch = randomBatch(options, graph, random);
  const masks = new DropoutMasks(graph.masks);
  const began = performance.now();
  const updater = await DeviceUpdater.open({
    ...{ graph, runtime, memory, target, values, optimizer, weigher, rates: RATES },
  });
  const openMillis = performance.now() - began;
  const times: number[] = [];
  for (let update = 0; update < options.steps + WARM_UP_STEPS; update++) {
    const start = performance.now();
    const fed = weigher.weightsFor(update);
    await updater.apply({
      ...{ update, batches: 1, fed, rate: BASE_RATE },
      feedsOf: () => ({ ...batch, weights: fed, masks: masks.fill(random.fork(update)) }),
      fail: (failure) => Promise.reject(new Error(failure)),
    });
    times.push(performance.now() - start);
  }
  await updater.close();
  const [first, ...rest] = times;
  const timed = rest.slice(WARM_UP_STEPS - 1);
  const { fusion, width, size } = options;
  const median = medianOf(timed);
  return {
    ...{ peer: 'nddr', device, fusion, width, size, batch: options.batch },
    step_ms: rounded(median, 1),
    fastest_ms: rounded(Math.min(...timed), 1),
    images_per_s: rounded((options.batch * 1000) / median, 3),
    first_step_ms: Math.round(first),
    open_ms: Math.round(openMillis),
    peak_rss_mib: peakRssMib(),
    ...trafficOf(graph, buildUpdate({ step: graph, rule: optimizer.rule, rates: RATES, averages: false, target })),
  };
}

/** Nodes of the graphs of one step, and the bytes that go to the device and come back in it. */
export function trafficOf(step: StepGraph, update?: UpdateGraph) {
  const kept = new Set([...step.kept, ...(update?.kept ?? [])]);
  const nextOf = (name: string) => name.slice(updateNames.next('').length);
  const resident = new Set(update ? [...step.variables.keys(), ...step.kept, ...update.kept.map(nextOf)] : []);
  const models = update ? [step.model, update.model] : [step.model];
  const bytes = (values: Model['inputs'], stays: ReadonlySet<string>) =>
    [...values].reduce((sum, [name, type]) => (stays.has(name) ? sum : sum + bytesOf(type)), 0);
  const total = (of: (model: Model) => number) => models.reduce((sum, model) => sum + of(model), 0);
  return {
    nodes: total(({ nodeCount }) => nodeCount),
    bytes_to_device: total(({ inputs }) => bytes(inputs, resident)),
    bytes_from_device: total(({ outputs }) => bytes(outputs, kept)),
  };
}

const bytesOf = ({ shape, dtype }: ValueType): number =>
  sizeOf(shape) * (dtype === 'uint8' || dtype === 'bool' ? 1 : 4);
