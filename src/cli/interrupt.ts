/** Ctrl-C: the first one asks the work to save and stop, the second one ends the process at once. */

export interface Interruption {
  readonly signal: AbortSignal;
  /** Gives Ctrl-C back its usual effect. */
  close(): void;
}

const SAVING = 'Stopping after this step; the run is saved.';

/**
 * Catches Ctrl-C until it is closed.
 * @param print receives the line that answers the first Ctrl-C
 * @param answer what that line says of the work; by default that the run is saved after its step
 */
export function onInterrupt(print: (line: string) => void, answer = SAVING): Interruption {
  const stop = new AbortController();
  const interrupt = () => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
    print(`${answer} Ctrl-C again ends it at once.`);
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
