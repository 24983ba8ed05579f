import { type Database, transaction } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { userChanged } from '../messages.ts';
import { lockUsersAfter } from './store.ts';

const AT_ONCE = 500;

/**
 * Publishes the current state of every user through the outbox, for a lost stream USERS. Returns how many. Consumers ignore
 * a version that they already have.
 */
export async function republishUsers(db: Database, { atOnce = AT_ONCE } = {}): Promise<number> {
  let total = 0;
  for (let after = ''; ; ) {
    const users = await transaction(db, async (trx) => {
      // Locked, so that an older state never enters the outbox after a newer one.
      const locked = await lockUsersAfter(trx, after, atOnce);
      if (locked.length > 0) await enqueue(trx, locked.map(userChanged));
      return locked;
    });
    const last = users.at(-1);
    if (last === undefined) return total;
    total += users.length;
    after = last.id;
  }
}
