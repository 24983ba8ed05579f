import { randomBytes } from 'node:crypto';
import { type Database, transaction } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { userChanged } from '../messages.ts';
import { lockUsersAfter } from './store.ts';

const AT_ONCE = 500;

/**
 * Publishes the current state of every user through the outbox, for a lost stream USERS or after a change of keys. Returns how many. Consumers
 * ignore a version that they already have.
 */
export async function republishUsers(db: Database, { atOnce = AT_ONCE } = {}): Promise<number> {
  // NATS drops a message whose id it saw in the last minutes: the state that an old key sealed would stay the last one.
  const run = randomBytes(6).toString('hex');
  let total = 0;
  for (let after = ''; ; ) {
    const users = await transaction(db, async (trx) => {
      // Locked, so that an older state never enters the outbox after a newer one.
      const locked = await lockUsersAfter(trx, after, atOnce);
      if (locked.length > 0)
        await enqueue(
          trx,
          locked.map(userChanged).map((message) => ({ ...message, id: `${message.id}.${run}` })),
        );
      return locked;
    });
    const last = users.at(-1);
    if (last === undefined) return total;
    total += users.length;
    after = last.id;
  }
}
