import { type Database, newId, transaction } from '@guichet/database';
import { accessDenied, logMessage } from '@guichet/events';
import { enqueue } from '@guichet/outbox';

type Denial = Parameters<typeof accessDenied>[0];

/** Returns the `onDenied` of a service: it writes an audit event to the outbox for each request denied by role or scope. */
export function logDenials(options: {
  service: Denial['service'];
  db: Database;
  clock: () => Date;
  wakeRelay: () => void;
}) {
  const { service, db, clock, wakeRelay } = options;
  return async (caller: Denial['caller'], request: Denial['request']): Promise<void> => {
    const now = clock();
    const event = accessDenied({ id: newId(now), now, service, caller, request });
    await transaction(db, (trx) => enqueue(trx, [logMessage(event)]));
    wakeRelay();
  };
}
