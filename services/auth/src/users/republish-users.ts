import { type Database, transaction } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { userChanged } from '../journal.ts';
import { lockUsersAfter } from './store.ts';

const AT_ONCE = 500;

/**
 * Puts every user into the outbox as they are now, for a stream USERS that was lost. Returns how many. Those who follow the stream
 * take it as nothing new where they have the same version already.
 */
export async function republishUsers(db: Database, { atOnce = AT_ONCE } = {}): Promise<number> {
  let total = 0;
  for (let after = ''; ; ) {
    const users = await transaction(db, async (trx) => {
      // Locked, so that an older state never comes into the outbox behind a newer one.
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
