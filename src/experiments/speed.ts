import type { Config } from './config.js';

/** Images per second of a step of so many milliseconds, over all batches whose gradients it accumulates. */
export const imagesPerSecond = ({ train }: Pick<Config, 'train'>, stepMillis: number): number =>
  (train.batch * train.accumulate * 1000) / stepMillis;
