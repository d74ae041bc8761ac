/** Ctrl-C: the first one asks to save and stop, the second one ends at once. */

export interface Interruption {
  readonly signal: AbortSignal;
  /** Ctrl-C does again what it did before. */
  close(): void;
}

const SAVING = 'Stopping after this step; the run is saved.';

/** @param tell says that the work stops after what is under way, by default with what becomes of a run */
export function onInterrupt(tell: (line: string) => void, what = SAVING): Interruption {
  const stop = new AbortController();
  const interrupt = () => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
    tell(`${what} Ctrl-C again ends it at once.`);
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
