import { type Database, keepLease, newId, queryOnce } from '@guichet/database';
import type { Log } from '@guichet/log';
import { type PeriodicWork, runPeriodically } from '@guichet/time';
import { inTrace } from '@guichet/tracing';
import { claimJob, type Run, releaseJob } from './store.ts';

/** A job that repeats until it is stopped. Stopping it aborts the current run, and another replica takes over the job. */
export type ScheduledJob = PeriodicWork;

const LONGEST_PAUSE_MS = 15_000;

/**
 * Does `work` every `everySeconds`, on one of the replicas, and stores its outcome for all of them (`lastRun`). The pause after a run is at
 * least `restFactor` times as long as the run, so that a job that grows with the bank never takes more than its share. A replica that
 * dies loses the job within `claimSeconds`; work that throws is tried again next time.
 */
export function scheduleJob(options: {
  db: Database;
  log: Log;
  name: string;
  everySeconds: number;
  restFactor?: number;
  claimSeconds?: number;
  /** Returns the outcome to store, as JSON. @param signal aborted when the process stops */
  work: (signal: AbortSignal) => Promise<unknown>;
}): ScheduledJob {
  const { db, log, name, everySeconds, restFactor = 20, claimSeconds = 60, work } = options;
  const holder = newId();

  async function runIfDue(stopping: AbortSignal): Promise<void> {
    const lease = await claimJob(db, name, holder, claimSeconds);
    if (lease === null) return;
    let run: Run | undefined;
    const began = performance.now();
    const elapsed = () => (performance.now() - began) / 1000;
    const renewal = setInterval(() => {
      queryOnce(db, keepLease(lease, claimSeconds)).catch(() => undefined);
    }, claimSeconds * 333);
    try {
      const outcome = await inTrace(`job ${name}`, { origin: null }, () => work(stopping));
      run = { seconds: elapsed(), outcome };
    } catch (error) {
      if (!stopping.aborted) log.warn({ err: error, job: name }, 'a scheduled job failed');
    } finally {
      clearInterval(renewal);
      const restSeconds = stopping.aborted ? 0 : Math.max(everySeconds, elapsed() * restFactor);
      await releaseJob(db, name, lease, { restSeconds, run });
    }
  }

  return runPeriodically({
    name,
    log,
    everyMs: Math.min(everySeconds * 1000, LONGEST_PAUSE_MS),
    work: runIfDue,
  });
}
