/**
 * What was tuned for ONNX Runtime's CPU provider. All numbers were measured on two cores with AVX-512 (figures and
 * alternatives: docs/decisions/002-formulations.md). Each names the command that shows what it changes; to measure anew,
 * change the number, run the command before and after, and compare the lower quartiles.
 */

/** Where one form of an op is preferred to another. */
export interface CpuTuning {
  /** Which of the 3x3 convolutions that can be taken by tiles are: for measurements and tests, all or none. */
  readonly tiles: 'where faster' | 'always' | 'never';
  /**
   * How many multiplications take as long as moving one number of a tile, in the estimate of whether a 3x3 convolution is
   * faster by tiles.
   * Measured by: npm run bench -- conv --channels 128 --size 12 --batch 8, and the same with --form plain
   */
  readonly multiplicationsPerMove: number;
  /**
   * How many times as long a multiplication takes in a product with a banded matrix (`tiles.ts`) as in one over channels.
   * Measured by: npm run bench -- conv --channels 256 --size 81, and the same with --form plain
   */
  readonly bandedProductFactor: number;
  /**
   * Convolutions of maps of fewer pixels are not written in the runtime's blocked layout: reordering costs more than it
   * saves.
   * Measured by: npm run bench -- conv --channels 128 --size 20 --batch 8 --form plain
   */
  readonly fewestBlockedPixels: number;
  /**
   * Convolutions of more channels are not written in that layout either: it saves nothing there.
   * Measured by: npm run bench -- conv --channels 256 --size 81 --form plain
   */
  readonly mostBlockedChannels: number;
  /**
   * How many moves of a number take as long as transposing one number of a table of weights, in the choice of a weight
   * gradient's form.
   * Measured by: npm run bench -- step --profile out/step (nodes of kind Transpose)
   */
  readonly movesPerTransposition: number;
  /**
   * A weight gradient is computed tap by tap if taps see a pixel, not padding, at a smaller share of positions than this.
   * Measured by: npm run bench -- conv --channels 64 --size 21 --dilation 12 --form plain
   */
  readonly leastPixelShare: number;
  /**
   * Batch normalisation of at most so many numbers is one node, which works on one thread; larger maps take several.
   * Measured by: npm run bench -- step --fusion nddr --width 0.25 --size 96 --batch 8
   */
  readonly mostInOneNode: number;
  /**
   * On maps of so many pixels sums are taken in stages, and sums of products by matrix products.
   * Measured by: npm run bench -- step --fusion nddr --width 0.25 --size 96 --batch 8 --profile out/step
   */
  readonly largeMap: number;
  /**
   * In the gradient of max pooling, lines of fewer pixels are shifted by a product with a shifted identity, others by Pad.
   * Measured by: npm run bench -- step --fusion nddr --width 0.25 --size 96 --batch 8 --profile out/step
   */
  readonly shortLine: number;
}

export const CPU_TUNING: CpuTuning = {
  tiles: 'where faster',
  multiplicationsPerMove: 60,
  bandedProductFactor: 1.3,
  fewestBlockedPixels: 400,
  mostBlockedChannels: 128,
  movesPerTransposition: 8,
  leastPixelShare: 0.7,
  mostInOneNode: 2 ** 18,
  largeMap: 1024,
  shortLine: 64,
};

/**
 * Graphs of more nodes are opened without the runtime's own rewrites, whose time grows with the square of the number of
 * nodes (docs/decisions/002-formulations.md, "Opening the graph of a deep network").
 * Measured by: npm run bench -- step --tasks 4 (time to open, and milliseconds a step)
 */
export const MOST_OPTIMISED_NODES = 7000;

/**
 * Graphs of more nodes state the sizes of their inputs, although the runtime then holds memory longer
 * (docs/decisions/007-memory.md): shapes that follow from constants have a rank all the same, and the runtime's searches
 * for memory of that rank take time that grows with the square of the number of nodes.
 * Measured by: npm run bench -- step --tasks 4 (peak memory, milliseconds a step)
 */
export const MOST_NODES_WITHOUT_SIZES = 20_000;
