import { classMap } from './class-map.js';

/** Semantic segmentation: the class of each pixel. */
export const segmentation = classMap('segmentation');
