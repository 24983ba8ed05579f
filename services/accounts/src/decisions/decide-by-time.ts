import { type ScheduledJob, scheduleJob } from '@guichet/scheduled-jobs';
import type { Deps } from '../deps.ts';
import type { DecisionCommand } from './batch-state.ts';
import type { DecisionAction } from './rules.ts';

const PAGE = 100;

export type Decide = (command: DecisionCommand) => Promise<unknown>;

/** What happens to operations when their time has come. */
export interface TimedDecision<Found extends { operationId: string }> {
  action: DecisionAction;
  /** Operations for which it is time, in an order, after one of them if it's given. */
  find(deps: Deps, page: { after: Found | null; limit: number }): Promise<Found[]>;
  /** The warning if some could not be decided. */
  warning: string;
}

/** Decides all operations for which it is time, each by `decide`, under its lock. @returns how many were decided */
export async function decideByTime<Found extends { operationId: string }>(
  deps: Deps,
  decide: Decide,
  { action, find, warning }: TimedDecision<Found>,
  signal?: AbortSignal,
): Promise<number> {
  let decided = 0;
  let found: Found[];
  let after: Found | null = null;
  do {
    found = await find(deps, { after, limit: PAGE });
    const outcomes = await Promise.allSettled(
      found.map(({ operationId }) =>
        decide({ operationId, action, by: null, reason: null, correlationId: null, idempotency: null }),
      ),
    );
    const failures = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    if (failures.length > 0) deps.log.warn({ err: failures[0], failed: failures.length }, warning);
    decided += outcomes.length - failures.length;
    // An operation that cannot be decided does not block the others.
    after = found.at(-1) ?? after;
  } while (found.length === PAGE && signal?.aborted !== true);
  return decided;
}

export interface Pace {
  everySeconds?: number;
  leaseSeconds?: number;
}

/**
 * Does `work` every few seconds, on the replica that has the lease; if it dies, another one takes over within `leaseSeconds`. Each decision is made under
 * the operation's lock, so that even two workers decide each operation once, and a process killed at any statement leaves nothing half done.
 */
export function keepDeciding(
  { db, log }: Pick<Deps, 'db' | 'log'>,
  name: string,
  work: (signal: AbortSignal) => Promise<unknown>,
  { everySeconds = 5, leaseSeconds = 15 }: Pace,
): ScheduledJob {
  return scheduleJob({
    db,
    log,
    name,
    everySeconds,
    claimSeconds: leaseSeconds,
    // Customers wait for their money, so a long run is not followed by a long pause.
    restFactor: 0,
    work,
  });
}
