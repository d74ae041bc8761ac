/** What a family of weight files is: networks of other programs, known by the names and shapes of their tensors. */
import type { InputConvention } from './convention.js';
import type { Layout } from './layout.js';
import type { Place } from './target.js';

/** Names of a file without what they have in common, and their shapes. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

/** Names of the tensors of a batch normalisation. */
export interface NormNames {
  readonly gamma: string;
  readonly beta: string;
  readonly mean: string;
  readonly variance: string;
}

/** Names of the tensors of one layer of a file. A tensor that the file lacks may be named. */
export interface LayerNames {
  readonly weight: string;
  readonly bias?: string;
  readonly norm?: NormNames;
  /** Height and width of the map that the layer is fully connected to. */
  readonly window?: number;
  /** Whether a narrower layer with a smaller kernel may take a part of it, as DeepLab does (`layout.ts`). */
  readonly reducible?: boolean;
  /** Whether a layer of this name with another shape is another layer, and not this one in another size. */
  readonly onlyIfItFits?: boolean;
  /** Whether it answers the file's own question: taken only where a tower of the network is to continue the file's. */
  readonly classifier?: boolean;
}

/** A file of a known family. */
export interface Recognition {
  /** The network that it holds, such as "ResNet-50". */
  readonly model: string;
  /** `Backbone.name` of that network, such as `resnet50`. */
  readonly backbone: string;
  /** The names and shapes that tell so. */
  readonly evidence: string;
  readonly convention: InputConvention;
  readonly layout: Layout;
  /** What its batch normalisations add to the variance. */
  readonly epsilon: number;
  /** How many towers it has that are told apart by number, if there are several. */
  readonly towers?: number;
  /** The layer of the file that belongs at a place of the network; undefined where there is none. */
  layer(place: Place): LayerNames | undefined;
  /** Sentences on how its network differs from the one here, for the report. */
  readonly notes?: readonly string[];
  /** What a name that nothing takes belongs to, in words, where that is known: "the classifier of ImageNet". */
  spare?(name: string): string | undefined;
}

/** A family: one file of the folder `families`, and one row of its index. */
export interface Family {
  /** As a configuration names it. */
  readonly name: string;
  /** As messages call it. */
  readonly title: string;
  /**
   * A name that every file of the family has, perhaps after a prefix that all names share, or the beginnings of names where
   * there are several forms.
   */
  readonly markers: readonly string[];
  /** Undefined where the names are those of another family. */
  recognise(shapes: Shapes): Recognition | undefined;
}

/** `conv1.weight [64, 3, 7, 7]` */
export const shown = (shapes: Shapes, name: string): string => `${name} [${(shapes.get(name) ?? []).join(', ')}]`;

/** The names of PyTorch's layers: of a convolution, and of the batch normalisation that follows it. */
export const torchLayer = (conv: string, norm?: string): LayerNames => ({
  weight: `${conv}.weight`,
  bias: `${conv}.bias`,
  ...(norm !== undefined && {
    norm: {
      gamma: `${norm}.weight`,
      beta: `${norm}.bias`,
      mean: `${norm}.running_mean`,
      variance: `${norm}.running_var`,
    },
  }),
});

/** The names of a convolution and its batch normalisation in a `Sequential` of PyTorch. */
export const sequence = (path: string): LayerNames => torchLayer(`${path}.0`, `${path}.1`);

export const TORCH_EPSILON = 1e-5;
