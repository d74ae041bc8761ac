/** Pickles of files of weights take kilobytes. This bounds the memory that a made-up one takes. */
export const MOST_PICKLE_BYTES = 2 ** 24;
