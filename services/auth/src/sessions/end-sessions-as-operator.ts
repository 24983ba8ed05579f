import { sentence } from '@guichet/contract/events';
import { type Database, transaction } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { nameOf } from '../audit.ts';
import type { Policy } from '../deps.ts';
import { deleteLinks } from '../links/store.ts';
import { userChanged } from '../messages.ts';
import { operatorRan } from '../operator.ts';
import { lockUser, updateUser } from '../users/store.ts';
import { endSessions } from './end-sessions.ts';
import { findSession, listUsersWithSessions } from './store.ts';

const AT_ONCE = 500;

interface Ended {
  users: number;
  sessions: number;
}

export interface EndDeps {
  db: Database;
  clock: () => Date;
  policy: Pick<Policy, 'tokenTtlSeconds'>;
}

/**
 * Ends every open session of one user, or of all, for an operator: their tokens are refused everywhere, as when users end their sessions
 * themselves, a pending change of the email address is cancelled, and an audit event is written for each user. Personal API tokens stay.
 */
export async function endSessionsAsOperator(
  deps: EndDeps,
  which: { userId: string } | 'all',
): Promise<Ended> {
  const ended: Ended = { users: 0, sessions: 0 };
  const endOf = async (userId: string) => {
    const sessions = await endOne(deps, userId);
    if (sessions > 0) ended.users += 1;
    ended.sessions += sessions;
  };
  if (which !== 'all') {
    await endOf(which.userId);
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

/** Ends one session for an operator. @returns the username, or null if no open session has the id */
export async function endSessionAsOperator(deps: EndDeps, sessionId: string): Promise<string | null> {
  const session = await findSession(deps.db, sessionId);
  if (session === null) return null;
  return transaction(deps.db, async (trx) => {
    const now = deps.clock();
    const user = await lockUser(trx, session.user_id);
    if (user === null) return null;
    const only = { userId: user.id, only: session.id };
    const { count, messages } = await endSessions(deps, trx, only, 'operator', now);
    if (count === 0) return null;
    await enqueue(trx, [
      ...messages,
      operatorRan(now, {
        user,
        sentence: sentence`An operator ended a session of ${nameOf(user)}.`,
        data: { command: 'sessions end', session_id: session.id, sessions_ended: count },
      }),
    ]);
    return user.username;
  });
}

async function endOne(deps: EndDeps, userId: string): Promise<number> {
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
      operatorRan(now, {
        user,
        sentence: sentence`An operator ended the sessions of ${nameOf(user)}.`,
        data: { command: 'sessions end', sessions_ended: count },
      }),
    ]);
    return count;
  });
}
