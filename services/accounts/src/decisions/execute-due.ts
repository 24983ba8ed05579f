import { type ScheduledJob, scheduleJob } from '@guichet/scheduled-jobs';
import type { Deps } from '../deps.ts';
import { type DueOperation, listDue } from '../operations/due-store.ts';
import type { DecisionCommand } from './batch-state.ts';

const BATCH = 100;

/**
 * Executes every operation whose day has come, from the bank's morning on; each is decided by `decide`, under its lock, so that it's posted once
 * however many replicas do this at the same time.
 * @returns how many were tried
 */
export async function executeDue(
  deps: Deps,
  decide: (command: DecisionCommand) => Promise<unknown>,
  signal?: AbortSignal,
): Promise<number> {
  const through = lastDueDay(deps);
  let tried = 0;
  let found: DueOperation[];
  let after: DueOperation | null = null;
  do {
    found = await listDue(deps.db, through, { after, limit: BATCH });
    const outcomes = await Promise.allSettled(found.map(({ operationId }) => decide(execution(operationId))));
    const failures = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    if (failures.length > 0)
      deps.log.warn({ err: failures[0], failed: failures.length }, 'due operations could not be executed');
    tried += outcomes.length - failures.length;
    // An operation that cannot be executed does not block the others.
    after = found.at(-1) ?? after;
  } while (found.length === BATCH && signal?.aborted !== true);
  return tried;
}

/** The last of the bank's days whose morning has come: what is due on it or earlier is executed. */
export function lastDueDay({ clock, rules: { calendar, ordersAt } }: Pick<Deps, 'clock' | 'rules'>): string {
  const now = clock();
  const isMorning = calendar.timeOf(now) >= ordersAt;
  return calendar.dateOf(isMorning ? now : new Date(calendar.dayOf(now).from.getTime() - 1));
}

const execution = (operationId: string): DecisionCommand => ({
  operationId,
  action: 'execute',
  by: null,
  reason: null,
  correlationId: null,
  idempotency: null,
});

/** Executes what is due every few seconds, on the replica that has the lease; if it dies, another one takes over within `leaseSeconds`. */
export function keepExecuting(
  deps: Deps,
  decide: (command: DecisionCommand) => Promise<unknown>,
  { everySeconds = 5, leaseSeconds = 15 }: { everySeconds?: number; leaseSeconds?: number } = {},
): ScheduledJob {
  return scheduleJob({
    db: deps.db,
    log: deps.log,
    name: 'due_operations',
    everySeconds,
    claimSeconds: leaseSeconds,
    // Customers wait for what is due, so a long run is not followed by a long pause.
    restFactor: 0,
    work: async (signal) => ({ tried: await executeDue(deps, decide, signal) }),
  });
}
