import type { ScheduledJob } from '@guichet/scheduled-jobs';
import type { Deps } from '../deps.ts';
import { findOverdue } from '../operations/inbox-store.ts';
import { type Decide, decideByTime, keepDeciding, type Pace, type TimedDecision } from './decide-by-time.ts';

const EXPIRY: TimedDecision<{ operationId: string }> = {
  action: 'expire',
  async find({ db, clock }, { after, limit }) {
    const ids = await findOverdue(db, clock(), { afterId: after?.operationId ?? null, limit });
    return ids.map((operationId) => ({ operationId }));
  },
  warning: 'overdue operations could not be expired',
};

/** Expires all overdue operations. @returns how many it expired */
export function expireOperations(deps: Deps, decide: Decide, signal?: AbortSignal): Promise<number> {
  return decideByTime(deps, decide, EXPIRY, signal);
}

export function keepExpiring(deps: Deps, decide: Decide, pace: Pace = {}): ScheduledJob {
  return keepDeciding(
    deps,
    'expiry',
    async (signal) => ({ ended: await expireOperations(deps, decide, signal) }),
    pace,
  );
}
