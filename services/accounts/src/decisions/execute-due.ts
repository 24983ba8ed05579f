import type { ScheduledJob } from '@guichet/scheduled-jobs';
import type { Deps } from '../deps.ts';
import { type DueOperation, listDue } from '../operations/due-store.ts';
import { type Decide, decideByTime, keepDeciding, type Pace, type TimedDecision } from './decide-by-time.ts';

const EXECUTION: TimedDecision<DueOperation> = {
  action: 'execute',
  find: (deps, page) => listDue(deps.db, lastDueDay(deps), page),
  warning: 'due operations could not be executed',
};

/** Executes every operation whose day has come, from the bank's morning on. @returns how many were tried */
export function executeDue(deps: Deps, decide: Decide, signal?: AbortSignal): Promise<number> {
  return decideByTime(deps, decide, EXECUTION, signal);
}

/** The last of the bank's days whose morning has come: what is due on it or earlier is executed. */
export function lastDueDay({ clock, rules: { calendar, ordersAt } }: Pick<Deps, 'clock' | 'rules'>): string {
  const now = clock();
  const isMorning = calendar.timeOf(now) >= ordersAt;
  return calendar.dateOf(isMorning ? now : new Date(calendar.dayOf(now).from.getTime() - 1));
}

export function keepExecuting(deps: Deps, decide: Decide, pace: Pace = {}): ScheduledJob {
  return keepDeciding(
    deps,
    'due_operations',
    async (signal) => ({ tried: await executeDue(deps, decide, signal) }),
    pace,
  );
}
