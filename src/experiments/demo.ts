/** The demonstration: single-task networks and NDDR on the built-in rooms, with the same budget. */
import type { DeviceName } from '../engine/runtime/devices.js';
import { parseExperiment } from './comparison/experiment.js';
import { type PlannedRun, planRuns } from './comparison/plan.js';

/** Options of the demonstration. `steps`: those of the first phase (single-task networks) and of the second (both). */
export interface DemoOptions {
  readonly runs: string;
  readonly seed: number;
  readonly device?: DeviceName;
  readonly steps: readonly [first: number, second: number];
}

export const DEFAULT_SEED = 1;

/** Row to the name of its run. */
const RUNS: Readonly<Record<string, string>> = {
  'single-task networks, first half': 'demo-begin',
  'single-task networks, second half': 'demo-single',
  'NDDR, from the same first half': 'demo',
};

/**
 * Plans the runs of the demonstration. As published, NDDR starts from trained single-task networks. For a comparison at
 * an equal budget the single-task networks are trained further too: from the same weights, on the same batches and for
 * as many steps.
 */
export async function planDemo({
  runs,
  seed,
  device = 'cpu',
  steps: [first, second],
}: DemoOptions): Promise<readonly PlannedRun[]> {
  const [begin, single, nddr] = Object.keys(RUNS);
  const stepsOf = (steps: number) => ({
    'train.steps': steps,
    'train.checkpointEvery': Math.ceil(steps / 3),
  });
  const later = { start: begin, set: { ...stepsOf(second), 'train.calibrate': true } };
  const fusion = (kind: 'single' | 'nddr') => ({ 'network.fusion': { kind } });
  const experiment = parseExperiment(
    {
      title: 'NDDR-CNN on rooms',
      base: {
        data: { kind: 'rooms', seed, length: { train: 1000, val: 200, test: 200 } },
        tasks: { segmentation: { kind: 'segmentation' }, normals: { kind: 'normals' } },
        network: { backbone: { kind: 'vgg16', width: 0.25, keep: 1 } },
        train: {
          ...{ batch: 8, height: 96, width: 96, rate: 0.03, augment: { scale: [1, 1] }, device },
          rates: { fusion: 1, headWeight: 1, headBias: 1 },
          lossWeights: { normals: 2 },
          evaluateEvery: 0,
        },
      },
      baseline: single,
      rows: [
        { name: begin, shown: false, set: { ...stepsOf(first), ...fusion('single') } },
        { name: single, ...later, set: { ...later.set, ...fusion('single') } },
        { name: nddr, ...later, set: { ...later.set, ...fusion('nddr') } },
      ],
    },
    'demo',
  );
  const suffix = seed === DEFAULT_SEED ? '' : `-seed-${seed}`;
  const nameOf = ({ name }: PlannedRun['row']) => `${RUNS[name]}${suffix}`;
  return (await planRuns({ experiment, seeds: [seed], out: runs, nameOf })).runs;
}
