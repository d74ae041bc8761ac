/** A random share of a split that is held out of training, and the rest of the split. */
import { NddrError } from '../errors.js';
import { Random } from '../random.js';
import type { Dataset, PackableDataset } from './dataset.js';

/**
 * A part of a split; plain JSON. The two sides of a share have no sample in common, and together they are the split.
 */
export interface SplitPart {
  readonly of: string;
  /** The share of the samples that is held out, 0..1; at least one sample is. */
  readonly share: number;
  readonly side: 'held' | 'rest';
}

/** A split by its name, or a part of one. */
export type Split = string | SplitPart;

/** The name of a split, or of a part of one, in messages. */
export const splitName = (split: Split): string =>
  typeof split === 'string'
    ? split
    : `${split.of}, ${split.side === 'held' ? 'held-out part' : 'without what is held out'}`;

/**
 * Positions of the samples of one side, in order. Which ones are held out is a function of the number of samples alone,
 * so that all runs on one data set, whatever their seed, hold out the same.
 * @throws NddrError when nothing would be left to train on
 */
export function indicesOf({ of, share, side }: SplitPart, length: number): Uint32Array {
  const held = Math.max(1, Math.round(share * length));
  if (held >= length)
    throw new NddrError(
      `The split "${of}" has ${length} samples, of which ${held} would be held out: none is left to train on. ` +
        `Set evaluate.split to the split that chooses the best weights ("${of}" itself will do for a trial), or lower evaluate.holdOut.`,
    );
  const order = new Random('hold out').shuffle(Uint32Array.from({ length }, (_, i) => i));
  return (side === 'held' ? order.subarray(0, held) : order.subarray(held)).slice().sort();
}

/** The samples of one side of a split. */
export function partOf(dataset: PackableDataset, part: SplitPart): PackableDataset {
  const indices = indicesOf(part, dataset.length);
  const only = <Label>(whole: Dataset<Label>): Dataset<Label> => ({
    ...whole,
    length: indices.length,
    read: (index) => whole.read(indices[index]),
    labelled: whole.labelled && ((index, label) => whole.labelled?.(indices[index], label) === true),
  });
  return { ...only(dataset), packed: (labels) => only(dataset.packed(labels)) };
}
