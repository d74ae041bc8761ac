/** What a report shows. */
import type { SourceReport } from '../pretrained/index.js';
import type { TaskValues } from '../tasks/score.js';
import type { LegendEntry, MetricSpec } from '../tasks/task.js';

/** The part of a task that a report and its tables need; every `Task` has it. */
export interface ReportTask {
  readonly name: string;
  readonly kind: string;
  readonly metrics: readonly MetricSpec[];
  readonly legend: readonly LegendEntry[];
}

/** One trained network, or one set of single-task networks: a row of the tables. */
export interface ReportRun {
  readonly name: string;
  readonly values: TaskValues;
  /** Which weights were judged on which split, in words. */
  readonly judged?: string;
  /** The relative multi-task score delta_m, in per cent; missing where there is nothing to compare with. */
  readonly deltaPercent?: number;
  /** Set for the run that delta_m of the others is relative to. */
  readonly baseline?: true;
}

/** A point of a curve: step, value. Values that are not finite are left out. */
export type CurvePoint = readonly [step: number, value: number];

export interface CurveLine {
  /** The run. Lines of one name have the same colour in all charts. */
  readonly name: string;
  readonly points: readonly CurvePoint[];
  /** One for each point: drawn as a band of this much above and below the curve. */
  readonly deviations?: readonly number[];
}

export interface CurveChart {
  readonly title: string;
  /** Follows the title, such as `degrees`. */
  readonly unit?: string;
  /** Values of zero and below are left out of a logarithmic chart. */
  readonly scale?: 'linear' | 'log';
  readonly lines: readonly CurveLine[];
}

/** An image with the answers to it, all as the bytes of PNG files. */
export interface ReportSample {
  readonly id: string;
  readonly image: Uint8Array;
  /** By task name; a sample without a label of the task has no truth. */
  readonly tasks: Readonly<
    Record<string, { readonly truth?: Uint8Array; readonly predictions: Readonly<Record<string, Uint8Array>> }>
  >;
}

/** What a run took of the files that it started from. */
export interface ReportStart {
  /** The run. */
  readonly name: string;
  readonly sources: readonly SourceReport[];
  /** Variables that began with random values. */
  readonly fresh: readonly string[];
}

/** Everything that `report.html` shows. Parts without entries are left out. */
export interface ReportData {
  readonly title: string;
  /** What was trained and how it went, in a sentence or two. */
  readonly summary: string;
  /** The settings that matter most, such as `Backbone`: `vgg16, width 0.25`. */
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly tasks: readonly ReportTask[];
  readonly runs: readonly ReportRun[];
  readonly charts: readonly CurveChart[];
  readonly samples: readonly ReportSample[];
  /** Runs that started from files. */
  readonly starts?: readonly ReportStart[];
  /** The complete configuration, or several by name. */
  readonly settings: unknown;
}
