import type { Image, Raster } from '../tasks/raster.js';

/** What a data set knows of one of its labels: which kind of task it can teach, and its classes. */
export interface LabelInfo {
  /** The kind of task: `segmentation`, `normals`, `depth`, `boundaries`. */
  readonly kind: string;
  readonly classes?: readonly string[];
  readonly colours?: readonly (readonly [number, number, number])[];
}

export interface Sample {
  readonly id: string;
  readonly image: Image;
  /** Label name to map, at the size of the image; a label that this sample lacks is absent. */
  readonly labels: Readonly<Record<string, Raster>>;
}

/**
 * A split of a data set. Labels come decoded to the one form that tasks read:
 * segmentation uint8 [1,H,W] with 255 unlabelled; normals float32 [3,H,W], unit, x right, y up, z towards the viewer,
 * all zero where unlabelled; depth float32 [1,H,W] in metres, 0 where unlabelled;
 * boundaries uint8 [1,H,W], 0 or 1, 255 unlabelled.
 */
export interface Dataset {
  readonly name: string;
  readonly length: number;
  readonly labels: Readonly<Record<string, LabelInfo>>;
  /** @throws NddrError naming the file when a file is missing, damaged or does not fit */
  read(index: number): Promise<Sample>;
}
