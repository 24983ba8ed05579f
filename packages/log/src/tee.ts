import type { DestinationStream } from 'pino';

/** The lowest level that listeners get: pino's number for `warn`. */
const WARN = 40;

/** Takes a line of level warn or above, as it was written: JSON, secrets redacted. */
export type TroubleListener = (line: string) => void;

/** Writes to `destination`, and passes each line of level warn or above to its listeners. */
export interface Tee extends DestinationStream {
  readonly listeners: Set<TroubleListener>;
  flushSync(): void;
}

export function createTee(destination: DestinationStream): Tee {
  let notifying = false;
  const tee = {
    // Makes pino set `lastLevel` before each write.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    listeners: new Set<TroubleListener>(),
    write(line: string) {
      destination.write(line);
      // A listener does not get what it logs itself, or a failing listener would never end.
      if (tee.lastLevel < WARN || notifying || tee.listeners.size === 0) return;
      notifying = true;
      try {
        for (const listener of tee.listeners) listener(line);
      } finally {
        notifying = false;
      }
    },
    flushSync() {
      (destination as { flushSync?: () => void }).flushSync?.();
    },
  };
  return tee;
}
