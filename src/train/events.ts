/** What a training reports while it runs; `step` is the number of steps done so far. */
import type { ShareTable } from '../sharing/index.js';
import type { TaskValues } from '../tasks/score.js';
import type { Worth } from './judging.js';
import type { WarmStart } from './start.js';
import type { ByTask } from './weigher.js';

export type TrainingEvent =
  | {
      readonly type: 'start';
      readonly step: number;
      /** Updates of the whole training. */
      readonly steps: number;
      /** Trained numbers of the network. */
      readonly parameters: number;
      /** Milliseconds from the call until the first step could run. */
      readonly openMillis: number;
      /** At step 0: as in an evaluation. */
      readonly shares?: ShareTable;
    }
  | ({ readonly type: 'warm-start'; readonly step: number } & WarmStart)
  | {
      readonly type: 'step';
      readonly step: number;
      /** By task, before weighting; NaN (in files null) for a task without a label in the whole update. */
      readonly losses: ByTask;
      /** The factor of each loss, its fixed factor included. */
      readonly weights: ByTask;
      /** Sum of the losses, each multiplied by its weight. */
      readonly total: number;
      /** Base learning rate of this step. */
      readonly rate: number;
      readonly stepMillis: number;
      /** The part of `stepMillis` spent waiting for data. */
      readonly waitMillis: number;
    }
  | { readonly type: 'warning'; readonly step: number; readonly message: string }
  /** One image of an evaluation was judged. `done`: images so far. */
  | { readonly type: 'evaluating'; readonly step: number; readonly done: number }
  | ({
      readonly type: 'evaluation';
      readonly step: number;
      readonly split?: string;
      readonly values: TaskValues;
      /** Whether these are the best weights so far. */
      readonly best: boolean;
      /** What each task takes of which features, by layer, task and source; only where layers mix features. */
      readonly shares?: ShareTable;
      readonly evaluationMillis: number;
    } & Worth)
  | { readonly type: 'checkpoint'; readonly step: number }
  /** The signal was aborted; the run can be resumed. */
  | { readonly type: 'stopped'; readonly step: number }
  /** `early`: ended by `patience`. */
  | { readonly type: 'done'; readonly step: number; readonly early?: true };
