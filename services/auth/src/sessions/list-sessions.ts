import type { Caller } from '@guichet/tokens';
import type { Deps } from '../deps.ts';
import { listOpenSessions, type SessionRow } from './store.ts';

/** The caller's open sessions, newest first. */
export async function listSessions(
  deps: Deps,
  caller: Caller,
  page: { limit: number; before: string | null },
): Promise<SessionRow[]> {
  const now = deps.clock();
  const usedAfter = new Date(now.getTime() - deps.policy.sessionIdleSeconds * 1000);
  return listOpenSessions(deps.db, caller.userId, usedAfter, now, page);
}
