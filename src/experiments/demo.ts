/** The demonstration: single-task networks and NDDR on the built-in rooms, with the same budget. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { NddrError } from '../errors.js';
import { type Config, type ConfigInput, parseConfig } from './config.js';
import { openRun } from './judge.js';
import type { RunOptions } from './run.js';

/** How the demonstration trains. Steps are those of each phase: first the single-task networks, then both. */
export interface DemoOptions {
  readonly runs: string;
  readonly seed: number;
  readonly steps: readonly [first: number, second: number];
}

/** A phase of the demonstration: a run, and what it is for. */
export interface Phase {
  readonly title: string;
  readonly path: string;
  readonly config: Config;
}

/**
 * As published, NDDR starts from trained single-task networks. To compare at an equal budget the single-task networks
 * train on as well, from the same weights, for as many steps on the same batches.
 */
export function demoPhases({ runs, seed, steps: [first, second] }: DemoOptions): readonly [Phase, Phase, Phase] {
  const suffix = seed === DEFAULT_SEED ? '' : `-seed-${seed}`;
  const place = (name: string) => ({ name: `${name}${suffix}`, path: join(runs, `${name}${suffix}`) });
  const begun = place('demo-begin');
  const single = place('demo-single');
  const nddr = place('demo');
  const start = join(begun.path, 'checkpoints', `step-${String(first).padStart(6, '0')}.safetensors`);
  const config = (name: string, steps: number, fusion: 'single' | 'nddr', from: string | null): Config =>
    parseConfig({ ...base(seed, steps, from), name, network: network(fusion) });
  return [
    {
      title: 'single-task networks, first half',
      path: begun.path,
      config: config(begun.name, first, 'single', null),
    },
    {
      title: 'single-task networks, second half',
      path: single.path,
      config: config(single.name, second, 'single', start),
    },
    {
      title: 'NDDR, from the same first half',
      path: nddr.path,
      config: config(nddr.name, second, 'nddr', start),
    },
  ];
}

export const DEFAULT_SEED = 1;

const network = (kind: 'single' | 'nddr'): ConfigInput['network'] => ({
  backbone: { kind: 'vgg16', width: 0.25, keep: 1 },
  fusion: { kind },
});

const base = (seed: number, steps: number, start: string | null): Omit<ConfigInput, 'name' | 'network'> => ({
  data: { kind: 'rooms', seed, length: { train: 1000, test: 200 } },
  tasks: { segmentation: { kind: 'segmentation' }, normals: { kind: 'normals' } },
  train: {
    steps,
    batch: 8,
    height: 96,
    width: 96,
    rate: 0.03,
    rates: { fusion: 1, headWeight: 1, headBias: 1 },
    calibrate: start !== null,
    lossWeights: { normals: 2 },
    augment: { scale: [1, 1] },
    // The second half draws other batches than the first; both of its networks draw the same.
    seed: start === null ? seed : seed + 1000,
    start,
    evaluateEvery: steps,
    checkpointEvery: Math.ceil(steps / 3),
  },
});

/**
 * How a phase is run: anew, resumed, or not at all when it is done.
 * @throws NddrError when the folder holds a run with other settings
 */
export async function planPhase({ path, config }: Phase, fresh: boolean): Promise<RunOptions | 'done'> {
  if (fresh) rmSync(path, { recursive: true, force: true });
  if (!existsSync(join(path, 'config.json'))) return { path, config };
  const { folder, config: found } = await openRun(path);
  const settings = ({ train, network: net, data }: Config) => JSON.stringify({ train, net, data });
  if (settings(found) !== settings(config))
    throw new NddrError(`${path} holds a run with other settings. Delete it, or begin anew: npm start -- --fresh`);
  const latest = await folder.latestCheckpoint();
  return latest && latest.checkpoint.state.step >= config.train.steps ? 'done' : { path };
}
