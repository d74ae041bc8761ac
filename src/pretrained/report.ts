/** What became of the weights of a file: kept with the run, shown in its report. */

/** Plain data, so that it is kept as JSON. */
export type SourceReport = {
  /** Setting and path: `network.weights vgg16.pth`. */
  readonly from: string;
  /** Of the file, such as "PyTorch, zip". */
  readonly format: string;
  /** Whose names they are, and which network they make. */
  readonly family: string;
  /** The names and shapes that told so. */
  readonly evidence: string;
  /** Variables of the network that the file gave. */
  readonly taken: readonly string[];
  /** Tensors of the file that the network has no place for. */
  readonly unused: readonly string[];
  /** Counters and optimizer state of the file, which no network has. */
  readonly bookkeeping: number;
  /** Tensors whose shape differs from that of the variable they belong to, which stays fresh. */
  readonly differs: readonly {
    readonly path: string;
    readonly here: readonly number[];
    readonly name: string;
    readonly there: readonly number[];
  }[];
  /** Share of the parameters of the backbone that was found, by tower. */
  readonly shares: Readonly<Record<string, number>>;
  /** Sentences on what was done besides copying. */
  readonly notes: readonly string[];
};
