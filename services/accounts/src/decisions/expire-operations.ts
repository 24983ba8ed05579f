import { type ScheduledJob, scheduleJob } from '@guichet/scheduled-jobs';
import type { Deps } from '../deps.ts';
import { findOverdue } from '../operations/inbox-store.ts';
import type { DecisionCommand } from './batch-state.ts';

const BATCH = 100;

/** Expires all overdue operations; each expiry is a decision made by `decide`. @returns how many it expired */
export async function expireOperations(
  deps: Deps,
  decide: (command: DecisionCommand) => Promise<unknown>,
  signal?: AbortSignal,
): Promise<number> {
  let ended = 0;
  let found: string[];
  let afterId: string | null = null;
  do {
    found = await findOverdue(deps.db, deps.clock(), { afterId, limit: BATCH });
    ended += await endAll(deps, decide, found);
    // An operation that cannot be expired does not block the others.
    afterId = found.at(-1) ?? afterId;
  } while (found.length === BATCH && signal?.aborted !== true);
  return ended;
}

async function endAll(
  deps: Deps,
  decide: (command: DecisionCommand) => Promise<unknown>,
  operationIds: readonly string[],
): Promise<number> {
  const outcomes = await Promise.allSettled(
    operationIds.map((operationId) =>
      decide({
        operationId,
        action: 'expire',
        by: null,
        reason: null,
        correlationId: null,
        idempotency: null,
      }),
    ),
  );
  const failures = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  if (failures.length > 0)
    deps.log.warn({ err: failures[0], failed: failures.length }, 'overdue operations could not be expired');
  return outcomes.length - failures.length;
}

/**
 * Expires overdue operations every few seconds, on the replica that has the lease; if it dies, another one takes over within `leaseSeconds`. Each
 * expiry is decided under the operation's lock, so that even two workers expire each operation once, and a process killed at any statement leaves
 * nothing half done.
 */
export function keepExpiring(
  deps: Deps,
  decide: (command: DecisionCommand) => Promise<unknown>,
  { everySeconds = 5, leaseSeconds = 15 }: { everySeconds?: number; leaseSeconds?: number } = {},
): ScheduledJob {
  return scheduleJob({
    db: deps.db,
    log: deps.log,
    name: 'expiry',
    everySeconds,
    claimSeconds: leaseSeconds,
    // An overdue operation reserves money, so a long run is not followed by a long pause.
    restFactor: 0,
    work: async (signal) => ({ ended: await expireOperations(deps, decide, signal) }),
  });
}
