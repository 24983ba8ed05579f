import { type JobRun, lastRun, recordRun, type ScheduledJob, scheduleJob } from '@guichet/scheduled-jobs';
import type { Deps } from '../deps.ts';
import { type Check, reconcile } from './reconcile.ts';

const RECONCILIATION = 'reconciliation';

/** The result of a reconciliation, stored for the agents and for the metrics of every replica. */
export interface ReconciliationOutcome {
  ok: boolean;
  checks: Check[];
}

type Books = Pick<Deps, 'db' | 'log' | 'clock'>;

/** Reconciles the ledger periodically, on one replica at a time; by default it pauses long enough to use at most a twentieth of the time. */
export function keepReconciling(
  books: Books,
  pace: { everySeconds: number; restFactor?: number },
): ScheduledJob {
  const { db, log } = books;
  return scheduleJob({ db, log, name: RECONCILIATION, ...pace, work: () => reconcileAndLog(books) });
}

/** The last reconciliation by any replica; null before the first. */
export function lastReconciliation(db: Deps['db']): Promise<JobRun<ReconciliationOutcome> | null> {
  return lastRun<ReconciliationOutcome>(db, RECONCILIATION);
}

/** Reconciles now. Callers share a reconciliation that is already running in this process. */
export function reconcilesOnRequest(books: Books): () => Promise<JobRun<ReconciliationOutcome>> {
  let running: Promise<JobRun<ReconciliationOutcome>> | null = null;
  return () => {
    running ??= reconcileNow(books).finally(() => {
      running = null;
    });
    return running;
  };
}

async function reconcileNow(books: Books): Promise<JobRun<ReconciliationOutcome>> {
  const began = performance.now();
  const outcome = await reconcileAndLog(books);
  const seconds = (performance.now() - began) / 1000;
  await recordRun(books.db, RECONCILIATION, { seconds, outcome });
  return (await lastReconciliation(books.db)) ?? { finishedAt: books.clock(), seconds, outcome };
}

async function reconcileAndLog({ db, log, clock }: Books): Promise<ReconciliationOutcome> {
  const { ok, checks } = await reconcile(db, clock());
  for (const { name, broken } of checks) {
    if (broken.length > 0)
      log.error({ check: name, broken: broken.slice(0, 10) }, 'ledger does not reconcile');
  }
  return { ok, checks };
}
