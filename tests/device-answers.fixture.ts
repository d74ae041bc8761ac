/**
 * The process in which a test compares devices: `node device-answers.fixture.js DEVICE RUN FILE...` prints a `Comparison`
 * of the run and of the exported files as JSON. Its environment decides which drivers it finds.
 */
import type { DeviceName, devices } from '../src/engine/runtime/devices.js';
import { nodeRuntime } from '../src/engine/runtime/node.js';
import { configurationOf, graphFallbacks } from '../src/experiments/doctor/graphs.js';
import { openPredictor } from '../src/experiments/model.js';
import { planesOf } from '../src/tasks/raster.js';

export interface Comparison {
  /** The largest difference from the answers of the CPU, of every model. */
  readonly differences: readonly number[];
  /** What the model of the run for images of any size leaves to the CPU. */
  readonly operators: readonly string[];
  /** What opening a damaged model says. */
  readonly damaged: string;
}

const WIDTH = 48;
const HEIGHT = 40;
const data = Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => (i * 7919) % 251);

async function answersOf(path: string, device: DeviceName): Promise<number[]> {
  const predictor = await openPredictor(path, { device, threads: 1 });
  const answers = await predictor.answer(planesOf({ width: WIDTH, height: HEIGHT, data }), HEIGHT, WIDTH);
  await predictor.close();
  return Object.values(answers).flatMap((answer) => [...answer.data]);
}

const [name, ...models] = process.argv.slice(2);
const device = name as keyof typeof devices;
const differences: number[] = [];
for (const path of models) {
  const [wanted, found] = [await answersOf(path, 'cpu'), await answersOf(path, device)];
  differences.push(Math.max(...wanted.map((value, i) => Math.abs(value - found[i]))));
}
const { model } = await graphFallbacks(await configurationOf(models[0]), device);
const damaged = await nodeRuntime({ device })
  .open(Uint8Array.of(1, 2, 3))
  .then(
    () => '',
    ({ message }: Error) => message,
  );
const comparison: Comparison = { differences, operators: model.map(({ operator }) => operator), damaged };
console.log(JSON.stringify(comparison));
