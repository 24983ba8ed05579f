import { type Transaction, transaction } from '@guichet/database';
import { FAILURES_FORGOTTEN_AFTER_MS } from './attempts/rules.ts';
import { deleteStaleFailures } from './attempts/store.ts';
import type { Deps } from './deps.ts';
import { deleteUnusedDevices } from './devices/store.ts';
import { trustedSince } from './devices/trust-device.ts';
import { deleteExpiredLinks } from './links/store.ts';
import { deleteExpiredChallenges } from './passkeys/challenge-store.ts';
import { deleteStaleQuotas } from './quotas/store.ts';
import { CLOCK_SKEW_MS, REFRESH_GRACE_MS } from './sessions/rules.ts';
import { deleteExpiredSignIns } from './sessions/sign-in-store.ts';
import { deleteOldSessions, forgetSuccessors } from './sessions/store.ts';
import { deleteExpiredStepUps } from './step-up/store.ts';
import { deleteUnconfirmed } from './totp/store.ts';
import { deleteDecoys } from './users/store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const ROWS_AT_A_TIME = 1_000;

/** Deletes expired rows. Safe to run at any time, in every replica. */
export async function sweep(deps: Pick<Deps, 'db' | 'clock'>): Promise<void> {
  const now = deps.clock();
  const daysAgo = (days: number) => new Date(now.getTime() - days * DAY_MS);
  const sessionLimits = { endedBefore: daysAgo(90), usedTokensBefore: daysAgo(7), now };
  const jobs: Job[] = [
    (trx) =>
      forgetSuccessors(trx, new Date(now.getTime() - REFRESH_GRACE_MS - CLOCK_SKEW_MS), ROWS_AT_A_TIME),
    (trx) => deleteOldSessions(trx, sessionLimits, ROWS_AT_A_TIME),
    (trx) => deleteStaleFailures(trx, new Date(now.getTime() - FAILURES_FORGOTTEN_AFTER_MS), ROWS_AT_A_TIME),
    (trx) => deleteUnusedDevices(trx, trustedSince(now), ROWS_AT_A_TIME),
    (trx) => deleteStaleQuotas(trx, daysAgo(1), ROWS_AT_A_TIME),
    (trx) => deleteExpiredLinks(trx, now, ROWS_AT_A_TIME),
    (trx) => deleteExpiredSignIns(trx, now, ROWS_AT_A_TIME),
    (trx) => deleteUnconfirmed(trx, daysAgo(1), ROWS_AT_A_TIME),
    (trx) => deleteDecoys(trx, daysAgo(90), ROWS_AT_A_TIME),
  ];
  await run(deps, jobs);
}

/** The same for what anyone can ask for without having signed in, so that a flood of it stays small. */
export async function sweepChallenges(deps: Pick<Deps, 'db' | 'clock'>): Promise<void> {
  const now = deps.clock();
  await run(deps, [
    (trx) => deleteExpiredChallenges(trx, now, ROWS_AT_A_TIME),
    (trx) => deleteExpiredStepUps(trx, now, ROWS_AT_A_TIME),
  ]);
}

type Job = (trx: Transaction) => Promise<number>;

async function run({ db }: Pick<Deps, 'db'>, jobs: readonly Job[]): Promise<void> {
  for (const job of jobs) {
    // Another replica may sweep at the same time; the transaction that loses a deadlock is retried.
    while ((await transaction(db, job)) === ROWS_AT_A_TIME);
  }
}
