/** Batches, and where training gets them from; free of files and threads, so that the trainer runs anywhere. */

/** The samples of one step; the tasks' labels lie at the resolution of the images. */
export interface Batch {
  /** float32 [N, 3, H, W], RGB, 0..255, planar. */
  readonly images: Float32Array;
  /** Task name to float32 [N, C, H, W]; pixels without a label hold the `unlabelled` of the task. */
  readonly labels: Readonly<Record<string, Float32Array>>;
  /** The N samples' names. */
  readonly ids: readonly string[];
}

/** An endless sequence of batches; the batch of a step depends on the seed and the step alone. */
export interface BatchSource {
  /** The next step's batch. @throws NddrError when a sample cannot be read, naming its file */
  next(): Promise<Batch>;
  /** Milliseconds that all calls of `next` have waited so far: the time that training lost to loading. */
  readonly waitedMillis: number;
  /** Ends the worker threads; `next` fails from now on. */
  close(): Promise<void>;
}
