// The labels of Cityscapes: Cordts et al., "The Cityscapes Dataset for Semantic Urban Scene Understanding", CVPR 2016;
// ids, names, categories and colours as in its published scripts (cityscapesscripts/helpers/labels.py).

type Row = readonly [id: number, name: string, category: string, colour: readonly [number, number, number]];

/** The 19 classes that are trained on and judged, in the order of their train ids, with the category of each. */
export const CITYSCAPES_19: readonly Row[] = [
  [7, 'road', 'flat', [128, 64, 128]],
  [8, 'sidewalk', 'flat', [244, 35, 232]],
  [11, 'building', 'construction', [70, 70, 70]],
  [12, 'wall', 'construction', [102, 102, 156]],
  [13, 'fence', 'construction', [190, 153, 153]],
  [17, 'pole', 'object', [153, 153, 153]],
  [19, 'traffic light', 'object', [250, 170, 30]],
  [20, 'traffic sign', 'object', [220, 220, 0]],
  [21, 'vegetation', 'nature', [107, 142, 35]],
  [22, 'terrain', 'nature', [152, 251, 152]],
  [23, 'sky', 'sky', [70, 130, 180]],
  [24, 'person', 'human', [220, 20, 60]],
  [25, 'rider', 'human', [255, 0, 0]],
  [26, 'car', 'vehicle', [0, 0, 142]],
  [27, 'truck', 'vehicle', [0, 0, 70]],
  [28, 'bus', 'vehicle', [0, 60, 100]],
  [31, 'train', 'vehicle', [0, 80, 100]],
  [32, 'motorcycle', 'vehicle', [0, 0, 230]],
  [33, 'bicycle', 'vehicle', [119, 11, 32]],
];

/** The categories of these classes, in the order of their ids. */
export const CITYSCAPES_7: readonly string[] = ['flat', 'construction', 'object', 'nature', 'sky', 'human', 'vehicle'];

/** All ids: 0 to 33, and -1, which files of 8 bits hold as 255. Those not listed above are not judged. */
export const CITYSCAPES_IDS: readonly number[] = [...Array.from({ length: 34 }, (_, id) => id), 255];
