import { type Database, newId } from '@guichet/database';
import { accessDenied } from '@guichet/events';
import type { Log } from '@guichet/log';
import type { Clock } from '@guichet/time';
import type { Caller } from '@guichet/tokens';
import { currentTraceparent } from '@guichet/tracing';
import { type Stored, storeEvents } from './intake/store-events.ts';

/** Logs a request whose token is valid but lacks the role or scope. */
export type RecordDenial = (
  caller: Caller,
  request: { method: string; route: string; correlationId: string },
) => Promise<void>;

/**
 * Stores ACCESS_DENIED directly, not through NATS. The request is refused even if the event can't be stored; then the event is
 * lost, and the process's log has an error.
 */
export function denialRecorder(deps: {
  db: Database;
  clock: Clock;
  log: Log;
  onStored: (stored: Stored) => void;
}): RecordDenial {
  return async (caller, request) => {
    const now = deps.clock();
    const denied = accessDenied({ id: newId(now), now, service: 'logging', caller, request });
    const event = { ...denied, traceparent: currentTraceparent() };
    try {
      deps.onStored(await storeEvents(deps.db, [event], now));
    } catch (error) {
      deps.log.error(
        { err: error, correlation_id: request.correlationId },
        'denied request could not be logged',
      );
    }
  };
}
