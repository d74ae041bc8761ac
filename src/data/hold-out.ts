/** A seeded share of a split that is kept from training, and the rest of it. */
import { NddrError } from '../errors.js';
import { Random } from '../random.js';
import type { Dataset, PackableDataset } from './dataset.js';

/** A part of a split; plain JSON. The two sides of one share have no sample in common and together are the split. */
export interface SplitPart {
  readonly of: string;
  /** Of the samples that are held out, 0..1; at least one is. */
  readonly share: number;
  readonly side: 'held' | 'rest';
}

/** A split by its name, or a part of one. */
export type Split = string | SplitPart;

/** What messages call a split, or a part of one. */
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
      `The split "${of}" has ${length} samples, of which ${held} are to be held out: none is left to train on. ` +
        `Name a split that chooses with evaluate.split ("${of}" itself will do for a trial), or a smaller evaluate.holdOut.`,
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
