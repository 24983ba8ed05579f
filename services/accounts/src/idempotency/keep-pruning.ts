import { queryOnce } from '@guichet/database';
import { type PeriodicWork, runPeriodically, sleep } from '@guichet/time';
import type { Deps } from '../deps.ts';
import { pruneAnswers } from './store.ts';

const KEPT_HOURS = 24;
const STEP = 500;
const PAUSE_BETWEEN_STEPS_MS = 100;

/** Deletes replies older than a day, every minute, in small steps. */
export function keepPruning(deps: Deps, everyMs = 60_000): PeriodicWork {
  return runPeriodically({
    name: 'prune idempotency keys',
    log: deps.log,
    everyMs,
    work: async (signal) => {
      const before = new Date(deps.clock().getTime() - KEPT_HOURS * 3_600_000);
      while ((await queryOnce(deps.db, pruneAnswers(before, STEP))) === STEP && !signal.aborted)
        await sleep(PAUSE_BETWEEN_STEPS_MS, signal);
    },
  });
}
