import { OPERATION_KINDS } from '@guichet/contract';
import { metrics } from '@guichet/metrics';
import type { CommandQueue } from './command-queue.ts';
import type { Deps } from './deps.ts';
import { lastDueDay } from './operations/dates.ts';
import { countScheduled } from './operations/due-store.ts';
import { measureWaitingOperations } from './operations/inbox-store.ts';
import { countOrders } from './operations/order-store.ts';
import { ORDER_STATES } from './operations/standing-order.ts';
import { lastReconciliation } from './reconciliation/keep-reconciling.ts';

const SAME_EVERYWHERE = 'The same on every replica: take the maximum.';

/** Registers the metrics that are read from the database at each scrape: pending operations, their age, those that wait for their day, and whether the ledger reconciles. */
export function watchBank(
  deps: Pick<Deps, 'db' | 'clock' | 'rules'>,
  queue: Pick<CommandQueue, 'waiting'>,
): void {
  metrics.gauge(
    {
      name: 'guichet_command_queue_waiting_items',
      help: 'Requests and decisions in memory that are waiting for the next transaction.',
      labelNames: ['work'],
    },
    () => [
      [{ work: 'request' }, queue.waiting.requests],
      [{ work: 'decision' }, queue.waiting.decisions],
    ],
  );
  watchWaiting(deps);
  watchScheduled(deps);
  watchReconciliation(deps);
}

function watchWaiting({ db, clock }: Pick<Deps, 'db' | 'clock'>): void {
  metrics.gauges(
    {
      waiting: {
        name: 'guichet_operations_waiting',
        help: `Operations waiting for a decision. ${SAME_EVERYWHERE}`,
        labelNames: ['type'],
      },
      oldest: {
        name: 'guichet_operations_oldest_waiting_age_seconds',
        help: `Age of the oldest pending operation. ${SAME_EVERYWHERE}`,
        labelNames: ['type'],
      },
      overdue: {
        name: 'guichet_operations_overdue',
        help: `Pending operations past their deadline. ${SAME_EVERYWHERE}`,
      },
      holds: {
        name: 'guichet_holds_open',
        help: `Pending operations that reserve money. ${SAME_EVERYWHERE}`,
      },
      oldestHold: {
        name: 'guichet_holds_oldest_age_seconds',
        help: `Age of the oldest hold. ${SAME_EVERYWHERE}`,
      },
    },
    async () => {
      const now = clock();
      const ageOf = (since: Date | null) => (since === null ? 0 : (now.getTime() - since.getTime()) / 1000);
      const found = new Map((await measureWaitingOperations(db, now)).map((one) => [one.kind, one]));
      const all = [...found.values()];
      return {
        waiting: OPERATION_KINDS.map((type) => [{ type }, found.get(type)?.count ?? 0] as const),
        oldest: OPERATION_KINDS.map((type) => [{ type }, ageOf(found.get(type)?.oldest ?? null)] as const),
        overdue: all.reduce((sum, { overdue }) => sum + overdue, 0),
        holds: all.reduce((sum, { holds }) => sum + holds, 0),
        oldestHold: Math.max(0, ...all.map(({ oldestHold }) => ageOf(oldestHold))),
      };
    },
  );
}

function watchScheduled(deps: Pick<Deps, 'db' | 'clock' | 'rules'>): void {
  metrics.gauges(
    {
      scheduled: {
        name: 'guichet_operations_scheduled',
        help: `Approved transfers that wait for their day. ${SAME_EVERYWHERE}`,
      },
      due: {
        name: 'guichet_operations_due',
        help: `Approved transfers, and payments of standing orders, whose day and morning have come. ${SAME_EVERYWHERE}`,
      },
    },
    () => countScheduled(deps.db, lastDueDay(deps)),
  );
  metrics.gauge(
    {
      name: 'guichet_standing_orders',
      help: `Standing orders that agents approved. ${SAME_EVERYWHERE}`,
      labelNames: ['status'],
    },
    async () => {
      const counts = await countOrders(deps.db);
      return APPROVED_STATES.map((status) => [{ status }, counts.get(status) ?? 0] as const);
    },
  );
}

const APPROVED_STATES = ORDER_STATES.filter((state) => state !== 'requested');

function watchReconciliation({ db }: Pick<Deps, 'db'>): void {
  metrics.gauges(
    {
      ok: {
        name: 'guichet_reconciliation_ok',
        help: `1 if the last reconciliation found no difference, else 0. The same on every replica: take the minimum.`,
      },
      broken: {
        name: 'guichet_reconciliation_broken_items',
        help: `Differences that the last reconciliation found, at most 100 per check. ${SAME_EVERYWHERE}`,
        labelNames: ['check'],
      },
      at: {
        name: 'guichet_reconciliation_timestamp_seconds',
        help: `When the last reconciliation ended. ${SAME_EVERYWHERE}`,
      },
      seconds: {
        name: 'guichet_reconciliation_duration_seconds',
        help: `Duration of the last reconciliation. ${SAME_EVERYWHERE}`,
      },
      fullAt: {
        name: 'guichet_reconciliation_full_timestamp_seconds',
        help: `When the last reconciliation of the whole ledger began. ${SAME_EVERYWHERE}`,
      },
    },
    async () => {
      const last = await lastReconciliation(db);
      if (last === null) return { ok: null, broken: null, at: null, seconds: null, fullAt: null };
      return {
        ok: Number(last.outcome.ok),
        broken: last.outcome.checks.map(({ name, broken }) => [{ check: name }, broken.length] as const),
        at: last.finishedAt.getTime() / 1000,
        seconds: last.seconds,
        fullAt: Date.parse(last.outcome.lastFullRunAt) / 1000,
      };
    },
  );
}
