import { type Database, newId } from '@guichet/database';
import { accessDenied } from '@guichet/events';
import type { Log } from '@guichet/log';
import type { Clock } from '@guichet/time';
import type { Caller } from '@guichet/tokens';
import { type Stored, storeEvents } from './intake/store-events.ts';

/** A good token that was refused by role or scope. */
export type RecordDenial = (
  caller: Caller,
  request: { method: string; route: string; correlationId: string },
) => Promise<void>;

/**
 * Writes ACCESS_DENIED into the log of this very service, without the way through NATS. The refusal stands even where that
 * cannot be written now.
 */
export function denialRecorder(deps: {
  db: Database;
  clock: Clock;
  log: Log;
  onStored: (stored: Stored) => void;
}): RecordDenial {
  return async (caller, request) => {
    const now = deps.clock();
    const event = accessDenied({ id: newId(now), now, service: 'logging', caller, request });
    try {
      deps.onStored(await storeEvents(deps.db, [event]));
    } catch (error) {
      deps.log.error(
        { err: error, correlation_id: request.correlationId },
        'denied request could not be logged',
      );
    }
  };
}
