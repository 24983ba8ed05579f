import { type Database, transaction } from '@guichet/database';
import { type Broker, type Consumption, followLatest, type UserEvent } from '@guichet/events';
import type { Log } from '@guichet/log';
import { type PersonRow, upsertPeople } from './store.ts';

/** Keeps who bears which username, as auth tells it, so that entries can be asked for by name. */
export function followPeople({ db, broker, log }: { db: Database; broker: Broker; log: Log }): Consumption {
  return followLatest({
    broker,
    stream: 'USERS',
    log,
    onBatch: async (batch) => {
      const latest = new Map<string, PersonRow>();
      for (const { data } of batch) {
        const user: UserEvent = JSON.parse(Buffer.from(data).toString('utf8'));
        const known = latest.get(user.id);
        if (known !== undefined && known.version > user.version) continue;
        const username = user.status === 'deleted' ? null : user.username;
        latest.set(user.id, { id: user.id, username, version: user.version });
      }
      // In one order, so that replicas which write the same people do not wait for each other in a circle.
      const people = [...latest.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
      await transaction(db, (trx) => upsertPeople(trx, people));
    },
  });
}
