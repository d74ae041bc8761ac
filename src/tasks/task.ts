import type { CardLine } from '../drawing/card.js';
import type { Tensor } from '../engine/tensor.js';
import type { Image, Raster, Size } from './raster.js';

export interface MetricSpec {
  /** Short name, a key in tables and events, such as `mIoU` or `rmseMetres`. */
  readonly name: string;
  /** As printed, such as `degrees` or `years`; `%` shares are kept as 0..1 and only printed as per cent. */
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  /** Counts in the relative multi-task score delta_m: the main number of the task, exactly one a task. */
  readonly main?: true;
  /**
   * The main metric on a scale from 0 to 1 where higher is better: what the score is the mean of. Left out, a value
   * that is better higher counts as it is, an error e as 1 / (1 + e).
   */
  readonly scaled?: (value: number) => number;
}

/** A loss as the mean that it is: what is added up over labelled pixels, and what that is divided by. Scalars, [] each. */
export interface LossSum {
  readonly sum: Tensor;
  /** How many pixels are labelled, or what they weigh together; 0 where none is. */
  readonly count: Tensor;
}

/** Gathers answers over a whole data set and gives each metric at the end. */
export interface Meter {
  /** One image: answer and label at the same height and width. */
  add(answer: Raster, label: Raster): void;
  /** Metric name to value; NaN where no pixel was labelled. */
  values(): Record<string, number>;
  /** The main metric by class, where the task has classes; NaN for a class that never occurs. */
  perClass?(): Record<string, number>;
}

/** One number a pixel, row by row: 8 or 16 bits, by the type of `data`. */
export interface RawMap {
  /** What the numbers are: a part of the file's name. */
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

/** Where a point of one map lies in another, both by column and row, centres of pixels at whole numbers. */
export type Placement = (x: number, y: number) => readonly [x: number, y: number];

/** How the labels of a task look on the host and follow the image through augmentation. */
export interface LabelSpec {
  readonly dtype: 'uint8' | 'float32';
  readonly channels: number;
  /** The value of every channel where there is no label; padding is filled with it. */
  readonly unlabelled: number;
  /** Pixels are mirrored by the caller; this mends the values in place (normals negate x). */
  mirrored?(label: Raster): void;
  /** The image was enlarged by `factor` (0.5 .. 1.5); mends the values in place (depth, if it is to shrink). */
  scaled?(label: Raster, factor: number): void;
  /** The image was turned counter-clockwise about the optical axis; mends the values in place (normals turn with it). */
  rotated?(label: Raster, radians: number): void;
  /**
   * Draws anew what turning by nearest pixels breaks or thickens (thin boundaries).
   * @param out the turned map, by nearest pixels; mended in place
   * @param place where the centre of a pixel of `label` goes, in pixels of `out`
   */
  redraw?(label: Raster, out: Raster, place: Placement): void;
  /** Resizing of labels: nearest unless a task needs better (thin boundaries). Yields the part of it that is asked for. */
  resize?(label: Raster, height: number, width: number, part?: Part): Raster;
}

/**
 * One question about an image. What "no label here" means lives in the task and nowhere else:
 * a sample without any label of this task is a raster full of `unlabelled`, and adds neither loss nor gradient.
 */
export interface Task {
  readonly name: string;
  readonly kind: string;
  /**
   * What is asked about: every pixel, or the image as a whole. Labels and answers of a whole image are rasters of one
   * pixel, its logits are [N, channels, 1, 1], and they do not follow crops, flips and scalings.
   */
  readonly level: 'pixel' | 'image';
  /** Channels of the logits that the head yields. */
  readonly channels: number;
  readonly label: LabelSpec;
  /** Whether the loss is a distance to the truth, where others have a likelihood: uncertainty weighting asks. */
  readonly regression?: true;
  readonly metrics: readonly MetricSpec[];
  readonly legend: readonly LegendEntry[];
  /** Facts that a client needs to draw the answer: class names, units. Stored in the exported model. */
  readonly describe: Readonly<Record<string, unknown>>;
  /** Where the loss is taken whatever the setting says: lines of one pixel are lost at the head's resolution. */
  readonly lossAt?: 'image';
  /**
   * Loss over the labelled pixels of a batch. Label and logits have one resolution: the head's, where labels were
   * sampled at the pixels of its cells, or the image's, to which logits were enlarged; 1 x 1 for a whole image.
   * @param logits [N, channels, h, w]
   * @param label float32 [N, label.channels, h, w]
   */
  loss(logits: Tensor, label: Tensor): LossSum;
  /** Turns logits, already at image resolution, into the answer: classes' probabilities, unit vectors, metres. */
  answer(logits: Tensor): Tensor;
  /** Mends the mean of several answers in place (unit vectors, whose mean is shorter). */
  averaged?(answer: Raster): void;
  meter(): Meter;
  /** The answer as whole numbers, to be kept exactly in a PNG; left out where the picture says it all (normals). */
  raw?(answer: Raster): RawMap;
  /**
   * An RGB picture of an answer or of a label (told apart by their channels or dtype, where they differ).
   * @param size of the picture of a whole image's answer, whose map has none
   */
  picture(map: Raster, size?: Size): Image;
  /** The answer or label in words; tasks of level `image` have it, others do not. */
  inWords?(map: Raster): AnswerWords;
}
