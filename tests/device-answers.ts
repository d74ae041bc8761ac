/** What devices.test.ts asks of a process with a WebGPU device: `node device-answers.js RUN FILE...`. */
import { answer } from '../src/engine/runtime/webgpu.test.child.js';
import { configurationOf, graphFallbacks } from '../src/experiments/doctor/graphs.js';
import { openPredictor } from '../src/experiments/model.js';
import { planesOf } from '../src/tasks/raster.js';

export interface Comparison {
  /** The largest difference from the answers of the CPU, of every model. */
  readonly differences: readonly number[];
  /** What step, update and model of the run, which is for images of any size, leave to the CPU. */
  readonly step: readonly string[];
  readonly update: readonly string[];
  readonly model: readonly string[];
  /** What opening a damaged model says. */
  readonly damaged: string;
}

const WIDTH = 32;
const HEIGHT = 24;
const data = Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => (i * 7919) % 251);

async function answersOf(path: string, device: 'cpu' | 'webgpu'): Promise<number[]> {
  const predictor = await openPredictor(path, { device, threads: 1 });
  const answers = await predictor.answer(planesOf({ width: WIDTH, height: HEIGHT, data }), HEIGHT, WIDTH);
  await predictor.close();
  return Object.values(answers).flatMap((raster) => [...raster.data]);
}

const models = process.argv.slice(2);
await answer(async (runtime): Promise<Comparison> => {
  const differences: number[] = [];
  for (const path of models) {
    const [wanted, found] = [await answersOf(path, 'cpu'), await answersOf(path, 'webgpu')];
    differences.push(Math.max(...wanted.map((value, i) => Math.abs(value - found[i]))));
  }
  const { step, update = [], model } = await graphFallbacks(await configurationOf(models[0]), 'webgpu');
  const operators = (list: typeof step) => list.map(({ operator }) => operator);
  const opened = await runtime.open(Uint8Array.of(1, 2, 3)).catch(({ message }: Error) => message);
  return {
    differences,
    step: operators(step),
    update: operators(update),
    model: operators(model),
    damaged: String(opened),
  };
});
