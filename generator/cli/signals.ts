/** Signals while a computation does not yield. */

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs work that nothing can interrupt from within: until it is done, signals end the process at once, as they would a program that does not handle them. Only for work that
 * writes nothing and has no tools running.
 */
export function endedBySignals<T>(work: () => T): T {
  const handlers = SIGNALS.map((signal) => [signal, process.listeners(signal)] as const);
  for (const signal of SIGNALS) process.removeAllListeners(signal);
  try {
    return work();
  } finally {
    for (const [signal, listeners] of handlers) for (const listener of listeners) process.on(signal, listener);
  }
}
