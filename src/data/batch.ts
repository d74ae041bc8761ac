/** What training reads, free of files and threads, so that the trainer runs anywhere. */

/** The samples of one step; the tasks' labels lie at the resolution of the images. */
export interface Batch {
  /** float32 [N, 3, H, W], RGB, 0..255, planar. */
  readonly images: Float32Array;
  /** Task name to float32 [N, C, H, W]; `unlabelled` of the task wherever there is no label. */
  readonly labels: Readonly<Record<string, Float32Array>>;
  /** The N samples' names. */
  readonly ids: readonly string[];
}

/** An endless row of batches; the batch of a step depends on the seed and the step alone. */
export interface BatchSource {
  /** The next step's batch. @throws NddrError when a sample cannot be read, naming its file */
  next(): Promise<Batch>;
  /** Milliseconds that `next` has waited so far, over all calls: what loading costs the training. */
  readonly waitedMillis: number;
  /** Ends the worker threads; `next` fails from now on. */
  close(): Promise<void>;
}
