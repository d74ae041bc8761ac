/** Folders of runs as training leaves them, written by hand. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../experiments/config.js';

const configOf = (name: string, fusion: string, steps: number) =>
  parseConfig({
    name,
    data: { kind: 'rooms' },
    tasks: { segmentation: { kind: 'segmentation', classes: ['wall', 'floor'] }, depth: { kind: 'depth' } },
    network: { backbone: { kind: 'tiny' }, fusion: { kind: fusion } },
    train: { steps, batch: 4 },
  });

/** The time of a step: one a second. */
export const timeOf = (step: number): string => new Date(Date.UTC(2026, 0, 1) + 1000 * step).toISOString();

/** A line of `events.jsonl`. */
export const line = (event: Readonly<Record<string, unknown>>): string =>
  `${JSON.stringify({ ...event, time: timeOf(Number(event.step ?? 0)) })}\n`;

export const startLine = (steps: number): string =>
  line({ type: 'start', step: 0, steps, parameters: 1000, openMillis: 10 });

/** A step, with losses that fall. */
export const stepLine = (step: number, factor = 1): string => {
  const loss = factor / Math.sqrt(step);
  const losses = { segmentation: 2 * loss, depth: loss };
  const weights = { segmentation: 1, depth: 1 };
  const millis = { stepMillis: 100 + 5 * (step % 7), waitMillis: 1 };
  return line({ type: 'step', step, losses, weights, total: 3 * loss, rate: 0.1 / step, ...millis });
};

export const evaluationLine = (step: number, mIoU: number, rmseMetres: number): string =>
  line({
    ...{
      type: 'evaluation',
      step,
      split: 'val',
      score: (mIoU + 1 / (1 + rmseMetres)) / 2,
      kind: 'scaled',
      without: [],
    },
    values: { segmentation: { mIoU, pixelAccuracy: mIoU + 0.3 }, depth: { rmseMetres } },
    ...{ best: true, evaluationMillis: 50 },
  });

export interface MadeRun {
  readonly steps?: number;
  readonly done?: number;
  readonly factor?: number;
  readonly fusion?: string;
  readonly end?: 'done' | 'stopped';
  readonly evaluated?: readonly [mIoU: number, rmseMetres: number];
}

/** Writes a run. @returns its folder */
export function makeRun(root: string, id: string, made: MadeRun = {}): string {
  const { steps = 40, done = steps, factor = 1, fusion = 'nddr', end, evaluated } = made;
  const folder = join(root, ...id.split('/'));
  mkdirSync(join(folder, 'checkpoints'), { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(configOf(id.split('/').at(-1) as string, fusion, steps)));
  const lines = Array.from({ length: done }, (_, i) => stepLine(i + 1, factor));
  const judged = evaluated ? [evaluationLine(done, ...evaluated)] : [];
  const last = end ? [line({ type: end, step: done })] : [];
  writeFileSync(join(folder, 'events.jsonl'), [startLine(steps), ...lines, ...judged, ...last].join(''));
  writeFileSync(join(folder, 'checkpoints', 'step-000020.safetensors'), 'not looked into');
  return folder;
}

export const append = (folder: string, text: string): void => appendFileSync(join(folder, 'events.jsonl'), text);
