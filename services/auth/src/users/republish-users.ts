import { plain, sentence } from '@guichet/contract/events';
import { type Database, transaction } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { userChanged } from '../messages.ts';
import { operatorRan } from '../operator.ts';
import { countVersionsUp, lockUsersAfter } from './store.ts';

const AT_ONCE = 500;

/**
 * Publishes the current state of every user through the outbox, for a lost stream USERS or after a change of keys. Returns how many. Each
 * state gets a new version: NATS drops a message that it saw in the last minutes, and a consumer that blocked a user, whose last state it
 * could not read, only takes a newer one.
 */
export async function republishUsers(db: Database, { atOnce = AT_ONCE } = {}): Promise<number> {
  let total = 0;
  for (let after = ''; ; ) {
    const users = await transaction(db, async (trx) => {
      // Locked, so that an older state never enters the outbox after a newer one.
      const locked = await lockUsersAfter(trx, after, atOnce);
      if (locked.length > 0) await enqueue(trx, (await countVersionsUp(trx, locked)).map(userChanged));
      return locked;
    });
    const last = users.at(-1);
    if (last === undefined) {
      await transaction(db, (trx) => enqueue(trx, [republished(total)]));
      return total;
    }
    total += users.length;
    after = last.id;
  }
}

function republished(count: number) {
  return operatorRan(new Date(), {
    sentence: sentence`An operator published ${plain(String(count))} users again.`,
    data: { command: 'republish-users', count },
  });
}
