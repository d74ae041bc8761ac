/** What a server may be asked for, and how much. */
import type { OpenModelOptions } from '../experiments/model.js';
import { LONGEST_PIXELS } from '../experiments/predict.js';
import type { Large } from '../experiments/prediction/answer.js';

/** Limits of a server. */
export interface ServeLimits {
  /** Bytes of a request's body, in millions. */
  readonly megabytes: number;
  /** Pixels of an image, in millions, by its header. */
  readonly megapixels: number;
  /** Seconds in which a request must have arrived whole. */
  readonly uploadSeconds: number;
  /** Seconds in which it is answered after that, the time that it waits included. */
  readonly answerSeconds: number;
  /** Requests in hand beside the one that is being answered. */
  readonly queue: number;
}

export const LIMITS: ServeLimits = { megabytes: 20, megapixels: 25, uploadSeconds: 20, answerSeconds: 60, queue: 16 };

/** Which model answers, and how. */
export interface ServedModelOptions extends OpenModelOptions {
  /** Folder of a run, or a model file. */
  readonly path: string;
  /** See `PredictOptions`. */
  readonly longestPixels: number;
  /** See `PredictOptions`. */
  readonly large: Large;
  /** See `ServeLimits`. */
  readonly megapixels: number;
}

export const MODEL_DEFAULTS = { longestPixels: LONGEST_PIXELS, large: 'tiles' } as const;
