/** A file that weights are taken from, as the settings name it. */
import type { WeightFile } from '../weights/weight-file.js';
import type { Mapping } from './mapping.js';

/** A file to take weights from, and how. */
export interface WeightSource {
  /** Setting and path, for messages: `network.weights vgg16.pth`. */
  readonly where: string;
  readonly file: WeightFile;
  /** The tower of the network that is filled; all where it is left out. */
  readonly tower?: string;
  /** The network or tower of the file that is taken, where it holds several. */
  readonly from?: string;
  readonly family?: string;
  readonly mapping?: { readonly where: string; readonly rules: Mapping };
  /** Whether it is meant that the file has only a part of the backbone. */
  readonly partial?: boolean;
}
