/** What a data set is: samples, each an image and its labels. */
import type { Image, Raster } from '../tasks/raster.js';
import type { PackedLabel } from './packed.js';

/** What a data set knows about one of its labels: its kind, and settings of the tasks that train on it. */
export interface LabelInfo {
  /** As the kind of the task that trains on it: `segmentation`, `depth`, `classification`, ... */
  readonly kind: string;
  readonly classes?: readonly string[];
  readonly colours?: readonly (readonly [number, number, number])[];
  /** Of regression: the names of the numbers, their unit, means and standard deviations. */
  readonly names?: readonly string[];
  readonly unit?: string;
  readonly mean?: readonly number[];
  readonly deviation?: readonly number[];
}

export interface Sample<Label = Raster> {
  readonly id: string;
  readonly image: Image;
  /**
   * Label name to map, at the size of the image, or 1 x 1 where it is about the whole image; missing labels are absent.
   */
  readonly labels: Readonly<Record<string, Label>>;
}

/**
 * A split of a data set. Labels come decoded to the one form that tasks read:
 * segmentation uint8 [1,H,W] with 255 unlabelled; normals float32 [3,H,W], unit, x right, y up, z towards the viewer,
 * all zero where unlabelled; depth float32 [1,H,W] in metres, 0 where unlabelled;
 * boundaries and saliency uint8 [1,H,W], 0 or 1, 255 unlabelled; parts as segmentation.
 * Of the image as a whole: classification float32 [1,1,1], the index of the class; multilabel uint8 [K,1,1], 0 or 1,
 * 255 unknown; regression float32 [K,1,1], the numbers.
 */
export interface Dataset<Label = Raster> {
  readonly name: string;
  readonly length: number;
  readonly labels: Readonly<Record<string, LabelInfo>>;
  /** @throws NddrError naming the file when a file is missing, damaged or does not fit */
  read(index: number): Promise<Sample<Label>>;
  /** Whether a sample has a label, as far as its files show; absent where every sample has every label. */
  labelled?(index: number, label: string): boolean;
}

/** A data set as the loader reads it: only the labels that tasks train on, as compact as in their files. */
export type PackedDataset = Dataset<PackedLabel>;

/** A data set that can also be read packed. */
export interface PackableDataset extends Dataset {
  packed(labels: readonly string[]): PackedDataset;
}
