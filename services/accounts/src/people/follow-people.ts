import type { UserEvent } from '@guichet/contract/events';
import { type Database, queryOnce } from '@guichet/database';
import { type Handling, storedDeadLetters } from '@guichet/dead-letters';
import { type Broker, type Consumption, followLatest, parseUserEvent, userIdsOf } from '@guichet/events';
import type { Log } from '@guichet/log';
import { blockUsers, saveUsers } from './store.ts';

export function handlePeople(db: Database): Handling<UserEvent> {
  return {
    parse: parseUserEvent,
    onBatch: (batch) => queryOnce(db, saveUsers(batch.map(({ value }) => value))),
  };
}

/** Keeps the projection of auth's users up to date; at every start, it reads the last state of each user again. */
export function followPeople(db: Database, broker: Broker, log: Log): Consumption {
  return followLatest({
    broker,
    stream: 'USERS',
    log,
    ...handlePeople(db),
    // Their older state may still be active.
    deadLetters: storedDeadLetters(db, log, async (letters) => {
      await queryOnce(db, blockUsers(userIdsOf(letters)));
    }),
  });
}
