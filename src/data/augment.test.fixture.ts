import type { AugmentConfig } from './augment.js';

/** The published setting (Gao et al. 2019): scales 0.5 to 1.5, half of the samples mirrored, padded with the mean. */
export const publishedAugment: AugmentConfig = {
  scale: [0.5, 1.5],
  mirror: 0.5,
  mean: [122.67891434, 116.66876762, 104.00698793],
};
