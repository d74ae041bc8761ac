/** Ctrl-C: the first one asks to save and stop, the second one ends at once. */

export interface Interruption {
  readonly signal: AbortSignal;
  /** Ctrl-C does again what it did before. */
  close(): void;
}

/** @param tell says that the work stops after what is under way */
export function onInterrupt(tell: (line: string) => void): Interruption {
  const stop = new AbortController();
  const interrupt = () => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
    tell('Stopping after this step; the run is saved. Ctrl-C again ends it at once.');
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return {
    signal: stop.signal,
    close() {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
    },
  };
}
