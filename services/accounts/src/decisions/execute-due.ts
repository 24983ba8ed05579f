import type { ScheduledJob } from '@guichet/scheduled-jobs';
import type { Deps } from '../deps.ts';
import { lastDueDay } from '../operations/dates.ts';
import { type DueOperation, listDue } from '../operations/due-store.ts';
import { type Decide, decideByTime, keepDeciding, type Pace, type TimedDecision } from './decide-by-time.ts';
import { makePayments } from './make-payments.ts';

const EXECUTION: TimedDecision<DueOperation> = {
  action: 'execute',
  find: (deps, page) => listDue(deps.db, lastDueDay(deps), page),
  warning: 'due operations could not be executed',
};

/** Executes every operation whose day has come, from the bank's morning on. @returns how many were tried */
export function executeDue(deps: Deps, decide: Decide, signal?: AbortSignal): Promise<number> {
  return decideByTime(deps, decide, EXECUTION, signal);
}

/** Makes the payments of standing orders, then executes them and everything else that is due. */
export function keepExecuting(deps: Deps, decide: Decide, pace: Pace = {}): ScheduledJob {
  return keepDeciding(
    deps,
    'due_operations',
    async (signal) => ({
      made: await makePayments(deps, signal),
      tried: await executeDue(deps, decide, signal),
    }),
    pace,
  );
}
