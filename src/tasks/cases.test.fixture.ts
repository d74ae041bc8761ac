// What the tests that run over every kind of task need to know of it. A new kind adds a row.
import { createTask, type TaskConfig, type TaskKind } from './index.js';
import type { Raster } from './raster.js';
import { UNKNOWN_NUMBER } from './regression.js';
import type { Task } from './task.js';

export interface TaskCase {
  readonly config: TaskConfig;
  /** Labels of two pixels, or of two images: the channels of each. */
  readonly labels: readonly (readonly number[])[];
}

const two = { classes: ['floor', 'wall'] };

export const taskCases: Readonly<Partial<Record<TaskKind, readonly TaskCase[]>>> = {
  segmentation: [
    { config: { kind: 'segmentation', ...two }, labels: [[1], [0]] },
    { config: { kind: 'segmentation', ...two, loss: 'focal' }, labels: [[1], [0]] },
    {
      config: { kind: 'segmentation', ...two, loss: 'focal', focalGamma: 0.5, classWeights: [1, 3] },
      labels: [[1], [0]],
    },
    { config: { kind: 'segmentation', ...two, loss: 'ohem', ohemThreshold: 1 }, labels: [[1], [0]] },
  ],
  normals: [
    {
      config: { kind: 'normals' },
      labels: [
        [0, 0.6, 0.8],
        [0, 0, 1],
      ],
    },
    {
      config: { kind: 'normals', encoding: 'rgb' },
      labels: [
        [0, 0.6, 0.8],
        [0, 0, 1],
      ],
    },
  ],
  depth: [
    { config: { kind: 'depth' }, labels: [[1e-3], [80]] },
    { config: { kind: 'depth', loss: 'metres' }, labels: [[1e-3], [80]] },
    { config: { kind: 'depth', loss: 'berhu' }, labels: [[1e-3], [80]] },
    { config: { kind: 'depth', loss: 'scale-invariant' }, labels: [[1e-3], [80]] },
  ],
  boundaries: [{ config: { kind: 'boundaries' }, labels: [[1], [0]] }],
  parts: [{ config: { kind: 'parts', classes: ['background', 'head', 'torso'] }, labels: [[2], [0]] }],
  saliency: [{ config: { kind: 'saliency' }, labels: [[1], [0]] }],
  classification: [
    { config: { kind: 'classification', ...two }, labels: [[1], [0]] },
    { config: { kind: 'classification', ...two, classWeights: [1, 3] }, labels: [[1], [0]] },
  ],
  multilabel: [
    {
      config: { kind: 'multilabel', ...two },
      labels: [
        [1, 255],
        [0, 1],
      ],
    },
  ],
  regression: [
    { config: { kind: 'regression', unit: 'years', mean: [30], deviation: [10] }, labels: [[50], [20]] },
    {
      config: { kind: 'regression', names: ['a', 'b'], loss: 'l2' },
      labels: [
        [1, UNKNOWN_NUMBER],
        [3, -2],
      ],
    },
  ],
};

/** Two pixels side by side, [1, C, 1, 2], or rows of numbers as so many images, [N, C, 1, 1]. */
export function pair(level: Task['level'], rows: readonly (readonly number[])[]) {
  const channels = rows[0].length;
  return level === 'image'
    ? { shape: [rows.length, channels, 1, 1], data: rows.flat() }
    : { shape: [1, channels, 1, rows.length], data: rows[0].flatMap((_, c) => rows.map((row) => row[c])) };
}

/** Answer and label of two pixels, or of one image. */
export function example({ config, labels }: TaskCase): { task: Task; answer: Raster; label: Raster; nothing: Raster } {
  const task = createTask('t', config);
  const { channels, dtype, unlabelled } = task.label;
  const rows = task.level === 'image' ? [labels[0]] : labels;
  const size = { height: 1, width: rows.length };
  const Type = dtype === 'uint8' ? Uint8Array : Float32Array;
  const label = { channels, ...size, data: Type.from(pair('pixel', rows).data) };
  const answer = { channels: task.channels, ...size, data: new Float32Array(task.channels * rows.length).fill(0.5) };
  return { task, answer, label, nothing: { ...label, data: label.data.map(() => unlabelled) } };
}
