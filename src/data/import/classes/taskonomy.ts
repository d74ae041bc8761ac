// The classes of Taskonomy's `segment_semantic`: Zamir et al., "Taskonomy", CVPR 2018; predictions of a network for
// sixteen classes of COCO. As in github.com/StanfordVL/taskonomy, data/README.md and coco_selected_classes.txt.

/** In the order of their values, from 1 on; 0 is uncertain. */
export const TASKONOMY_CLASSES: readonly string[] = [
  'background',
  'bottle',
  'chair',
  'couch',
  'potted plant',
  'bed',
  'dining table',
  'toilet',
  'tv',
  'microwave',
  'oven',
  'toaster',
  'sink',
  'refrigerator',
  'book',
  'clock',
  'vase',
];
