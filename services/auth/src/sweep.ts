import { FAILURES_FORGOTTEN_AFTER_MS } from './attempts/rules.ts';
import { deleteStaleFailures } from './attempts/store.ts';
import type { Deps } from './deps.ts';
import { deleteExpiredLinks } from './links/store.ts';
import { deleteStaleQuotas } from './quotas/store.ts';
import { REFRESH_GRACE_MS } from './sessions/rules.ts';
import { deleteOldSessions, forgetSuccessors } from './sessions/store.ts';
import { deleteUnconfirmed } from './totp/store.ts';
import { deletePhantoms } from './users/store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const ROWS_AT_A_TIME = 1_000;

/** Removes what has had its time. Safe to run in every replica, as often as one likes. */
export async function sweep(deps: Pick<Deps, 'db' | 'clock'>): Promise<void> {
  const { db } = deps;
  const now = deps.clock();
  const daysAgo = (days: number) => new Date(now.getTime() - days * DAY_MS);
  const sessionLimits = { endedBefore: daysAgo(90), usedTokensBefore: daysAgo(7), now };
  const jobs: (() => Promise<number>)[] = [
    () => forgetSuccessors(db, new Date(now.getTime() - REFRESH_GRACE_MS), ROWS_AT_A_TIME),
    () => deleteOldSessions(db, sessionLimits, ROWS_AT_A_TIME),
    () => deleteStaleFailures(db, new Date(now.getTime() - FAILURES_FORGOTTEN_AFTER_MS), ROWS_AT_A_TIME),
    () => deleteStaleQuotas(db, daysAgo(1), ROWS_AT_A_TIME),
    () => deleteExpiredLinks(db, now, ROWS_AT_A_TIME),
    () => deleteUnconfirmed(db, daysAgo(1), ROWS_AT_A_TIME),
    () => deletePhantoms(db, daysAgo(90), ROWS_AT_A_TIME),
  ];
  for (const job of jobs) {
    while ((await job()) === ROWS_AT_A_TIME);
  }
}
