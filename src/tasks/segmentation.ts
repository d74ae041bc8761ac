import { classMap } from './class-map.js';

/** Semantic segmentation: which class each pixel shows. */
export const segmentation = classMap('segmentation');
