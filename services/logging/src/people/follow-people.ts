import type { UserEvent } from '@guichet/contract/events';
import { type Database, queryOnce, transaction } from '@guichet/database';
import { type Handling, storedDeadLetters } from '@guichet/dead-letters';
import { type Broker, type Consumption, followLatest, parseUserEvent, userIdsOf } from '@guichet/events';
import type { Log } from '@guichet/log';
import { forgetNames, type PersonRow, upsertPeople } from './store.ts';

export function handlePeople(db: Database): Handling<UserEvent> {
  return {
    parse: parseUserEvent,
    onBatch: async (batch) => {
      const latest = new Map<string, PersonRow>();
      for (const { value: user } of batch) {
        const known = latest.get(user.id);
        if (known !== undefined && known.version > user.version) continue;
        const username = user.status === 'deleted' ? null : user.username;
        latest.set(user.id, { id: user.id, username, version: user.version });
      }
      // All replicas lock rows in the same order, so that they can't deadlock.
      const people = [...latest.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
      await transaction(db, (trx) => queryOnce(trx, upsertPeople(people)));
    },
  };
}

/** Keeps each user's current username, so that entries can be filtered by it. */
export function followPeople({ db, broker, log }: { db: Database; broker: Broker; log: Log }): Consumption {
  return followLatest({
    broker,
    stream: 'USERS',
    log,
    ...handlePeople(db),
    // A user whose newest state could not be read may have been deleted.
    deadLetters: storedDeadLetters(db, log, async (letters) => {
      await queryOnce(db, forgetNames(userIdsOf(letters)));
    }),
  });
}
