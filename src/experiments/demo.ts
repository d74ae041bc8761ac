/** The demonstration: single-task networks and NDDR on the built-in rooms, with the same budget. */
import { parseExperiment } from './comparison/experiment.js';
import { type PlannedRun, planRuns } from './comparison/plan.js';

/** How the demonstration trains. Steps are those of each phase: first the single-task networks, then both. */
export interface DemoOptions {
  readonly runs: string;
  readonly seed: number;
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
 * As published, NDDR starts from trained single-task networks. To compare at an equal budget the single-task networks
 * train on as well, from the same weights, for as many steps on the same batches.
 */
export async function planDemo({ runs, seed, steps: [first, second] }: DemoOptions): Promise<readonly PlannedRun[]> {
  const [begin, single, nddr] = Object.keys(RUNS);
  const lasting = (steps: number) => ({
    'train.steps': steps,
    'train.checkpointEvery': Math.ceil(steps / 3),
  });
  const later = { start: begin, set: { ...lasting(second), 'train.calibrate': true } };
  const fusion = (kind: 'single' | 'nddr') => ({ 'network.fusion': { kind } });
  const experiment = parseExperiment(
    {
      title: 'NDDR-CNN on rooms',
      base: {
        data: { kind: 'rooms', seed, length: { train: 1000, val: 200, test: 200 } },
        tasks: { segmentation: { kind: 'segmentation' }, normals: { kind: 'normals' } },
        network: { backbone: { kind: 'vgg16', width: 0.25, keep: 1 } },
        train: {
          ...{ batch: 8, height: 96, width: 96, rate: 0.03, augment: { scale: [1, 1] } },
          rates: { fusion: 1, headWeight: 1, headBias: 1 },
          lossWeights: { normals: 2 },
          evaluateEvery: 0,
        },
      },
      baseline: single,
      rows: [
        { name: begin, shown: false, set: { ...lasting(first), ...fusion('single') } },
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
