import type { Database } from '@guichet/database';
import { type Broker, type Consumption, followLatest, type UserEvent } from '@guichet/events';
import type { Log } from '@guichet/log';
import { saveUsers } from './store.ts';

/** Keeps the projection of auth's users; from the last state of each, so that it fills itself anew wherever it was lost. */
export function followPeople(db: Database, broker: Broker, log: Log): Consumption {
  return followLatest({
    broker,
    stream: 'USERS',
    log,
    onBatch: (batch) =>
      saveUsers(
        db,
        batch.map(({ data }) => JSON.parse(Buffer.from(data).toString('utf8')) as UserEvent),
      ),
  });
}
