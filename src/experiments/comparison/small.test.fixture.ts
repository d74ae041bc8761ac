// An experiment that trains in seconds, and runs that are told what to come to.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskValues } from '../../tasks/score.js';
import { RunFolder } from '../../train/node/run-folder.js';
import { parseConfig } from '../config.js';
import type { RunEvent, RunOptions } from '../run.js';
import { type Experiment, type ExperimentInput, parseExperiment } from './experiment.js';

const SIZE = 24;

/** Four channels, 24 x 24 pixels: a step in milliseconds. */
export const smallBase = {
  data: { kind: 'rooms', length: { train: 8, val: 2, test: 2 }, width: SIZE, height: SIZE },
  tasks: { segmentation: { kind: 'segmentation' }, normals: { kind: 'normals' } },
  network: { backbone: { kind: 'vgg16', width: 0.0625, keep: 1 }, fusion: { kind: 'nddr' } },
  train: {
    ...{ steps: 4, batch: 2, height: SIZE, width: SIZE, rate: 0.01, workers: 0, threads: 1 },
    rates: { fusion: 1, headWeight: 1, headBias: 1 },
    ...{ evaluateEvery: 4, checkpointEvery: 2 },
  },
};

export const single = { 'network.fusion': { kind: 'single' } };

/** NDDR from single-task networks, against these trained on; the rows stand in another order than they are trained. */
export const small = (more: Partial<ExperimentInput> = {}): Experiment =>
  parseExperiment(
    {
      title: 'Small & quick',
      base: smallBase,
      baseline: 'single-task',
      rows: [
        { name: 'NDDR', start: 'begin', set: { 'network.fusion.alpha': 0.8 } },
        { name: 'single-task', start: 'begin', set: single },
        { name: 'begin', shown: false, set: single },
      ],
      ...more,
    },
    'small',
  );

export function temporaryFolder(t: { after(clean: () => void): void }): string {
  const root = mkdtempSync(join(tmpdir(), 'nddr-experiment-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

/** Writes a run of two steps with these values in place of training. @param trained hears the paths, in order */
export const pretend = (valuesOf: (path: string) => TaskValues, trained: string[] = []) =>
  async function* ({ path, config }: RunOptions): AsyncGenerator<RunEvent> {
    trained.push(path);
    const folder = RunFolder.vacant(path);
    const complete = parseConfig(config);
    await folder.begin(complete);
    const values = valuesOf(path);
    const events: RunEvent[] = [
      { type: 'start', step: 0, steps: 2, parameters: 1234, openMillis: 1, device: 'cpu' },
      ...[1, 2].flatMap((step): RunEvent[] => {
        const losses = { segmentation: 3 / step, normals: 1 / step };
        const numbers = { losses, weights: {}, total: 1, rate: 0.1, stepMillis: 10 * step, waitMillis: 0 };
        return [
          { type: 'step', step, ...numbers },
          {
            type: 'evaluation',
            step,
            values,
            score: 0,
            kind: 'scaled',
            without: [],
            best: step === 1,
            evaluationMillis: 1,
          },
        ];
      }),
      { type: 'done', step: 2 },
    ];
    for (const event of events) {
      folder.appendEvent(event);
      yield event;
    }
  };
