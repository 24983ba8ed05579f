import { sentence } from '@guichet/contract/events';
import { type Database, transaction } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { actionLogged, nameOf } from '../audit.ts';
import type { Policy } from '../deps.ts';
import { deleteLinks } from '../links/store.ts';
import { userChanged } from '../messages.ts';
import { readLoginName } from '../users/rules.ts';
import { findUserByLogin, lockUser, updateUser } from '../users/store.ts';
import { endSessions } from './end-sessions.ts';
import { listUsersWithSessions } from './store.ts';

const AT_ONCE = 500;
const NO_REQUEST = { correlationId: null, ip: null, userAgent: null };

interface Ended {
  users: number;
  sessions: number;
}

/**
 * Ends every open session of one user, or of all, for an operator: their tokens are refused everywhere, as when users end their sessions
 * themselves, a pending change of the email address is cancelled, and an audit event is written for each user. Personal API tokens stay.
 * @throws Error for a username that no user has
 */
export async function endSessionsAsOperator(
  deps: { db: Database; clock: () => Date; policy: Pick<Policy, 'tokenTtlSeconds'> },
  which: { username: string } | 'all',
): Promise<Ended> {
  const ended: Ended = { users: 0, sessions: 0 };
  const endOf = async (userId: string) => {
    const sessions = await endOne(deps, userId);
    if (sessions > 0) ended.users += 1;
    ended.sessions += sessions;
  };
  if (which !== 'all') {
    const user = await findUserByLogin(deps.db, readLoginName(which.username));
    if (user === null || user.decoy === 1) throw new Error(`no user named ${which.username}`);
    await endOf(user.id);
    return ended;
  }
  for (let after = ''; ; ) {
    const ids = await listUsersWithSessions(deps.db, after, AT_ONCE);
    for (const id of ids) await endOf(id);
    const last = ids.at(-1);
    if (last === undefined) return ended;
    after = last;
  }
}

async function endOne(
  deps: { db: Database; clock: () => Date; policy: Pick<Policy, 'tokenTtlSeconds'> },
  userId: string,
): Promise<number> {
  return transaction(deps.db, async (trx) => {
    const now = deps.clock();
    const user = await lockUser(trx, userId);
    if (user === null) return 0;
    const { count, messages } = await endSessions(deps, trx, { userId }, 'operator', now);
    if (count === 0 && user.pending_email === null) return 0;
    // A thief with the password may have requested another address, in a session that has ended since.
    await deleteLinks(trx, user.id, ['email_change']);
    const kept =
      user.pending_email === null ? user : await updateUser(trx, user, { pending_email: null }, now);
    await enqueue(trx, [
      ...(kept === user ? [] : [userChanged(kept)]),
      ...messages,
      actionLogged(now, NO_REQUEST, {
        actor: null,
        action: 'ADMIN_COMMAND',
        subject: { type: 'user', id: user.id },
        concerns: [user.id],
        sentence: sentence`An operator ended the sessions of ${nameOf(user)}.`,
        data: { command: 'end-sessions', sessions_ended: count },
      }),
    ]);
    return count;
  });
}
