/** What a task is: its labels, loss, answer, metrics and pictures. */
import type { CardLine } from '../drawing/card.js';
import type { Tensor } from '../engine/tensor.js';
import type { Image, Raster, Size } from './raster.js';

export interface MetricSpec {
  /** Short name, a key in tables and events, such as `mIoU` or `rmseMetres`. */
  readonly name: string;
  /** As printed, such as `degrees` or `years`. Values with the unit `%` are kept as 0..1 and printed as per cent. */
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  /** The main metric, which enters the multi-task score delta_m: exactly one a task. */
  readonly main?: true;
  /**
   * Maps a value of the main metric to a scale from 0 to 1 on which higher is better; the score is the mean over tasks.
   * By default a metric that is better higher is used as it is, and an error e as 1 / (1 + e).
   */
  readonly scaled?: (value: number) => number;
}

/** The two parts of a mean loss, scalars of shape [] each: the loss is sum / count. */
export interface LossSum {
  /** The sum over labelled pixels. */
  readonly sum: Tensor;
  /** The number of labelled pixels, or the sum of their weights; 0 where none is labelled. */
  readonly count: Tensor;
}

/** Accumulates answers over a data set and computes the metrics at the end. */
export interface Meter {
  /** Adds one image; answer and label have the same height and width. */
  add(answer: Raster, label: Raster): void;
  /** Values by metric name; NaN where no pixel was labelled. */
  values(): Record<string, number>;
  /** The main metric by class; NaN for a class that never occurs. Missing where the task has no classes. */
  perClass?(): Record<string, number>;
}

/** An answer with one whole number a pixel, row by row, of 8 or 16 bits. */
export interface RawMap {
  /** What the numbers mean; it becomes a part of the file's name. */
  readonly unit: 'classes' | 'millimetres' | 'percent';
  readonly data: Uint8Array | Uint16Array;
}

export interface LegendEntry {
  readonly label: string;
  /** Red, green, blue, 0..255. */
  readonly colour: readonly [number, number, number];
}

/** A rectangle of pixels. */
export interface Part {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** An answer or label about an image as a whole, in words. */
export interface AnswerWords {
  /** The whole answer, as plain JSON. */
  readonly value: Readonly<Record<string, unknown>>;
  /** Lines of text for a picture, the most important first. */
  readonly lines: readonly CardLine[];
}

/** Maps a point of one map to another map. Points are column and row; centres of pixels have whole numbers. */
export type Placement = (x: number, y: number) => readonly [x: number, y: number];

/** The format of a task's labels on the host, and how they follow the augmentation of their image. */
export interface LabelSpec {
  readonly dtype: 'uint8' | 'float32';
  readonly channels: number;
  /** The value of every channel where there is no label. Padding is filled with it. */
  readonly unlabelled: number;
  /** Corrects the values of a label whose pixels were mirrored left to right, in place: normals negate x. */
  mirrored?(label: Raster): void;
  /** Corrects the values after the image was enlarged by `factor`, in place: depth is divided by it, where set so. */
  scaled?(label: Raster, factor: number): void;
  /** Corrects the values after the image was rotated counter-clockwise, in place: normals rotate with it. */
  rotated?(label: Raster, radians: number): void;
  /**
   * Redraws, in a rotated label, what nearest-neighbour sampling breaks or thickens (thin boundaries).
   * @param label before the rotation
   * @param out the label rotated by nearest neighbour; changed in place
   * @param place maps a pixel of `label` to `out`
   */
  redraw?(label: Raster, out: Raster, place: Placement): void;
  /**
   * Resizes a label, where nearest neighbour is not good enough (thin boundaries).
   * @param part of the result; all of it by default
   */
  resize?(label: Raster, height: number, width: number, part?: Part): Raster;
}

/**
 * A task: one question that a network answers about an image. A sample without a label of the task has a raster full of
 * `label.unlabelled`, which adds neither loss nor gradient.
 */
export interface Task {
  readonly name: string;
  readonly kind: string;
  /**
   * Whether the question is about every pixel or about the image as a whole. For the image as a whole, labels and
   * answers are rasters of one pixel, the logits are [N, channels, 1, 1], and augmentation does not change the labels.
   */
  readonly level: 'pixel' | 'image';
  /** Channels of the head's logits. */
  readonly channels: number;
  /** The settings from which `createTask` makes the same task again. Missing where the task is an object of your own. */
  readonly settings?: { readonly kind: string; readonly [key: string]: unknown };
  readonly label: LabelSpec;
  /**
   * Set where the answer is continuous: uncertainty weighting weighs such losses by 1 / (2 sigma^2), others by 1 /
   * sigma^2.
   */
  readonly regression?: true;
  readonly metrics: readonly MetricSpec[];
  readonly legend: readonly LegendEntry[];
  /** What a program needs to interpret the answer, such as class names and units. Stored in the exported model. */
  readonly describe: Readonly<Record<string, unknown>>;
  /** Set where the loss is always taken at the image's resolution: lines of one pixel are lost at that of the head. */
  readonly lossAt?: 'image';
  /**
   * The loss over the labelled pixels of a batch. Logits and label have the same resolution: that of the head, for
   * which the label was sampled, or that of the image, to which the logits were enlarged; 1 x 1 for a whole image.
   * @param logits [N, channels, h, w]
   * @param label float32 [N, label.channels, h, w]
   */
  loss(logits: Tensor, label: Tensor): LossSum;
  /** The answer, from logits at the resolution of the image: probabilities of classes, unit vectors, metres. */
  answer(logits: Tensor): Tensor;
  /**
   * The decision that an answer of probabilities leads to: the number of the most probable class, [N, 1, h, w], or 1
   * and 0 for each yes or no, of the shape of the answer. Missing where the answer itself says it (metres, vectors).
   */
  decide?(answer: Tensor): Tensor;
  /** Corrects the mean of several answers, in place: a mean of unit vectors is scaled to length 1. */
  averaged?(answer: Raster): void;
  /** A new meter, without any image. */
  meter(): Meter;
  /** The answer as whole numbers, for a PNG. Missing where the picture holds the same information (normals). */
  raw?(answer: Raster): RawMap;
  /**
   * An RGB picture of an answer or of a label.
   * @param map of pixels; where answers and labels need different pictures they differ in channels or type
   * @param size of the picture, where the map is about the image as a whole
   */
  picture(map: Raster, size?: Size): Image;
  /**
   * The part of an answer that the metrics score, to be drawn beside the truth, where that is not all of it: of
   * boundaries the ridges.
   */
  scored?(answer: Raster): Raster;
  /** The answer or label in words; tasks of level `image` have it, others do not. */
  inWords?(map: Raster): AnswerWords;
}
