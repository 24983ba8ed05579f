import { keepLease, type Lease, newId, queryOnce, releaseLease, takeLease } from '@guichet/database';
import { type JobRun, lastRun, recordRun, type ScheduledJob, scheduleJob } from '@guichet/scheduled-jobs';
import { sleep } from '@guichet/time';
import type { Deps } from '../deps.ts';
import { type ReconciliationOutcome, runReconciliation } from './run-reconciliation.ts';

const RECONCILIATION = 'reconciliation';
const LEASE = 'reconciliation run';
const LEASE_SECONDS = 60;
const RETRY_MS = 250;

type Books = Pick<Deps, 'db' | 'log' | 'clock'>;

/** How often the ledger is reconciled, and how often the whole of it is read again. */
export interface ReconciliationPace {
  everySeconds: number;
  fullEveryHours: number;
  restFactor?: number;
}

/** Reconciles the ledger periodically, on one replica at a time; by default it pauses long enough to use at most a twentieth of the time. */
export function keepReconciling(books: Books, { fullEveryHours, ...pace }: ReconciliationPace): ScheduledJob {
  const { db, log } = books;
  return scheduleJob({
    db,
    log,
    name: RECONCILIATION,
    ...pace,
    work: (signal) => reconcileAlone(books, { full: false, fullEveryHours }, signal),
  });
}

/** The last reconciliation by any replica; null before the first. */
export function lastReconciliation(db: Deps['db']): Promise<JobRun<ReconciliationOutcome> | null> {
  return lastRun<ReconciliationOutcome>(db, RECONCILIATION);
}

/** Reconciles now: what is new, or everything. Callers share a run of this process that reads at least as much. */
export function reconcilesOnRequest(books: Books): (full: boolean) => Promise<JobRun<ReconciliationOutcome>> {
  const running: Record<'full' | 'new', Promise<JobRun<ReconciliationOutcome>> | null> = {
    full: null,
    new: null,
  };
  return (full) => {
    const scope = full ? 'full' : 'new';
    const shared = running.full ?? running[scope];
    if (shared !== null) return shared;
    const started = reconcileNow(books, full).finally(() => {
      running[scope] = null;
    });
    running[scope] = started;
    return started;
  };
}

async function reconcileNow(books: Books, full: boolean): Promise<JobRun<ReconciliationOutcome>> {
  const began = performance.now();
  const outcome = await reconcileAlone(books, { full, fullEveryHours: Number.POSITIVE_INFINITY });
  const seconds = (performance.now() - began) / 1000;
  await recordRun(books.db, RECONCILIATION, { seconds, outcome });
  return (await lastReconciliation(books.db)) ?? { finishedAt: books.clock(), seconds, outcome };
}

/** Reconciles after the run that another replica has under way, so that none stores an older result over a newer one. */
async function reconcileAlone(
  books: Books,
  { full, fullEveryHours }: { full: boolean; fullEveryHours: number },
  signal?: AbortSignal,
): Promise<ReconciliationOutcome> {
  const { db, log } = books;
  const lease = await waitForLease(db, signal);
  const renewal = setInterval(() => {
    queryOnce(db, keepLease(lease, LEASE_SECONDS)).catch(() => undefined);
  }, LEASE_SECONDS * 333);
  try {
    const outcome = await runReconciliation(books, lease, { full, fullEveryMs: fullEveryHours * 3_600_000 });
    for (const { name, broken } of outcome.checks) {
      if (broken.length > 0)
        log.error({ check: name, broken: broken.slice(0, 10) }, 'ledger does not reconcile');
    }
    return outcome;
  } finally {
    clearInterval(renewal);
    await queryOnce(db, releaseLease(lease)).catch(() => undefined);
  }
}

async function waitForLease(db: Deps['db'], signal?: AbortSignal): Promise<Lease> {
  const holder = newId();
  for (;;) {
    signal?.throwIfAborted();
    const lease = await takeLease(db, LEASE, LEASE_SECONDS, holder);
    if (lease !== null) return lease;
    await sleep(RETRY_MS, signal);
  }
}
