import type { DestinationStream } from 'pino';

/** From this level on a line tells of trouble: pino's number for `warn`. */
const WARN = 40;

/** Takes a line of level warn or above, as it was written: JSON, secrets redacted. */
export type TroubleListener = (line: string) => void;

/** Writes on to `destination`, and tells its listeners of each line that tells of trouble. */
export interface Tee extends DestinationStream {
  readonly listeners: Set<TroubleListener>;
  flushSync(): void;
}

export function createTee(destination: DestinationStream): Tee {
  let telling = false;
  const tee = {
    // Asks pino to leave the line's level here before each write.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    listeners: new Set<TroubleListener>(),
    write(line: string) {
      destination.write(line);
      // What a listener itself logs is not told again, so that trouble with telling of trouble ends there.
      if (tee.lastLevel < WARN || telling || tee.listeners.size === 0) return;
      telling = true;
      try {
        for (const tell of tee.listeners) tell(line);
      } finally {
        telling = false;
      }
    },
    flushSync() {
      (destination as { flushSync?: () => void }).flushSync?.();
    },
  };
  return tee;
}
