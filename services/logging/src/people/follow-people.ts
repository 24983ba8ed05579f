import type { UserEvent } from '@guichet/contract/events';
import { type Database, query, queryOnce, transaction } from '@guichet/database';
import { type Handling, storedDeadLetters } from '@guichet/dead-letters';
import { type Broker, type Consumption, followLatest, parseUserEvent, userIdsOf } from '@guichet/events';
import type { Log } from '@guichet/log';
import type { Clock } from '@guichet/time';
import { lockHead } from '../intake/store.ts';
import { destroyKeys } from '../personal/store.ts';
import { deletePersonWords } from '../search/person-words-store.ts';
import { forgetNames, type PersonRow, upsertPeople } from './store.ts';

interface Following {
  db: Database;
  clock: Clock;
}

export function handlePeople({ db, clock }: Following): Handling<UserEvent> {
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
      const deleted = batch.flatMap(({ value }) => (value.status === 'deleted' ? [value.id] : []));
      const forgotten = [...new Set(deleted)].sort();
      await transaction(db, async (trx) => {
        // No batch of the intake that still knows a key may add words of a person after they were deleted.
        if (forgotten.length > 0) await queryOnce(trx, lockHead());
        await query(trx, upsertPeople(people), destroyKeys(forgotten, clock()), deletePersonWords(forgotten));
      });
    },
  };
}

/** Keeps each user's current username, so that entries can be filtered by it, and forgets users who were deleted. */
export function followPeople(following: Following & { broker: Broker; log: Log }): Consumption {
  const { db, broker, log } = following;
  return followLatest({
    broker,
    stream: 'USERS',
    log,
    ...handlePeople(following),
    // A user whose newest state could not be read may have been deleted.
    deadLetters: storedDeadLetters(db, log, async (letters) => {
      await queryOnce(db, forgetNames(userIdsOf(letters)));
    }),
  });
}
