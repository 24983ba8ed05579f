import { Id } from '@guichet/contract';
import { UsageError } from '../usage-error.ts';
import { findNamedUser } from '../users/find-named-user.ts';
import { type EndDeps, endSessionAsOperator, endSessionsAsOperator } from './end-sessions-as-operator.ts';
import { listOpenSessions, listOpenSessionsOfAll, type SessionWithUser } from './store.ts';

export const SESSIONS_USAGE = 'list [<username>] | end <username> | end <session id> | end --all';

/** A terminal shows this many at most; the rest is found by naming a user. */
const SHOWN = 200;

/**
 * The command for sessions: `list` shows those that are open, newest first, and `end` ends one, those of a user, or all. The
 * running service publishes the revocations. What changes something is logged as ADMIN_COMMAND.
 * @returns what to print, line by line
 * @throws UsageError for another command; Error for a user or a session that isn't there
 */
export async function runSessionsCommand(
  deps: EndDeps & { policy: { sessionIdleSeconds: number } },
  [command, which, ...rest]: readonly string[],
): Promise<string[]> {
  if (rest.length === 0 && command === 'list') return list(deps, which);
  if (rest.length === 0 && command === 'end' && which !== undefined) return end(deps, which);
  throw new UsageError(`use ${SESSIONS_USAGE}`);
}

async function list(
  deps: EndDeps & { policy: { sessionIdleSeconds: number } },
  username: string | undefined,
): Promise<string[]> {
  const now = deps.clock();
  const usedAfter = new Date(now.getTime() - deps.policy.sessionIdleSeconds * 1000);
  const page = { limit: SHOWN + 1, before: null };
  const found = username === undefined ? null : await findNamedUser(deps.db, username);
  const sessions =
    found === null
      ? await listOpenSessionsOfAll(deps.db, usedAfter, now, page)
      : (await listOpenSessions(deps.db, found.id, usedAfter, now, page)).map((session) => ({
          ...session,
          username: found.username,
        }));
  if (sessions.length === 0) return ['No session is open.'];
  const more = sessions.length > SHOWN ? [`The newest ${SHOWN}; name a user to see theirs.`] : [];
  return [...sessions.slice(0, SHOWN).map(line), ...more];
}

function line(session: SessionWithUser): string {
  const facts = [
    session.id,
    session.username,
    `signed in ${session.created_at.toISOString()}`,
    `used ${session.last_used_at.toISOString()}`,
    session.second_factor === 1 ? 'second factor' : 'password only',
    session.ip ?? 'no address',
    // The name that a client gives itself, without the control characters that a terminal would obey.
    (session.user_agent ?? 'no user agent').replace(/\p{C}/gu, '?'),
  ];
  return facts.join('  ');
}

async function end(deps: EndDeps, which: string): Promise<string[]> {
  if (Id.safeParse(which).success) {
    const username = await endSessionAsOperator(deps, which.toLowerCase());
    if (username === null) throw new Error(`no open session has the id ${which}`);
    return [`Sessions ended: 1, of ${username}. Its tokens are refused within a second.`];
  }
  const chosen = which === '--all' ? 'all' : { userId: (await findNamedUser(deps.db, which)).id };
  const { sessions, users } = await endSessionsAsOperator(deps, chosen);
  return [`Sessions ended: ${sessions}, of users: ${users}. Their tokens are refused within a second.`];
}
