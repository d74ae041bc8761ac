/** Metrics against numbers of scikit-learn (tests/peers/sklearn_metrics.py). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createTask, type TaskConfig } from './index.js';
import type { Raster } from './raster.js';
import type { LabelSpec } from './task.js';

/** In the sources: tests run from `dist`. */
const FIXTURE = fileURLToPath(new URL('../../../tests/fixtures/sklearn-metrics.json', import.meta.url));

interface Case {
  readonly config: TaskConfig;
  /** Of every image, planar [channels, pixels]. */
  readonly answers: readonly (readonly number[])[];
  /** Null where unknown, if the task's own number for it is not in the file. */
  readonly labels: readonly (readonly (number | null)[])[];
  /** The metrics that scikit-learn has. */
  readonly values: Readonly<Record<string, number>>;
  /** Null for a class that does not count. */
  readonly perClass?: Readonly<Record<string, number | null>>;
}

const cases: Readonly<Record<string, Case>> = JSON.parse(readFileSync(FIXTURE, 'utf8')).cases;

const raster = (channels: number, data: Raster['data']): Raster => ({
  channels,
  height: 1,
  width: data.length / channels,
  data,
});

const labelRaster = ({ dtype, channels, unlabelled }: LabelSpec, values: readonly (number | null)[]): Raster => {
  const numbers = values.map((value) => value ?? unlabelled);
  return raster(channels, dtype === 'uint8' ? Uint8Array.from(numbers) : Float32Array.from(numbers));
};

const assertClose = (found: number, expected: number, what: string) =>
  assert.ok(Math.abs(found - expected) < 1e-12 * Math.max(1, Math.abs(expected)), `${what} ${found}, not ${expected}`);

for (const [title, { config, answers, labels, values, perClass }] of Object.entries(cases)) {
  test(`the metrics are those of scikit-learn: ${title}`, () => {
    const task = createTask('t', config);
    const meter = task.meter();
    for (const [i, answer] of answers.entries())
      meter.add(raster(task.channels, Float32Array.from(answer)), labelRaster(task.label, labels[i]));
    const found = meter.values();
    for (const [name, expected] of Object.entries(values)) assertClose(found[name], expected, name);
    const byClass = meter.perClass?.() ?? {};
    for (const [name, expected] of Object.entries(perClass ?? {})) {
      if (expected === null) assert.ok(Number.isNaN(byClass[name]), `${name} ${byClass[name]}`);
      else assertClose(byClass[name], expected, name);
    }
  });
}
