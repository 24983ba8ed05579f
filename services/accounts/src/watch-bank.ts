import { BATCH_STATUSES, OPERATION_KINDS } from '@guichet/contract';
import { queryOnce } from '@guichet/database';
import { metrics } from '@guichet/metrics';
import type { CommandQueue } from './command-queue.ts';
import type { Deps } from './deps.ts';
import { lastDayToAccrue } from './interest/accrue-interest.ts';
import { lastDueDay } from './operations/dates.ts';
import { countScheduled } from './operations/due-store.ts';
import { countSuspense } from './operations/file-store.ts';
import { measureWaitingOperations } from './operations/inbox-store.ts';
import { countOrders } from './operations/order-store.ts';
import { BATCH_CURRENCY } from './operations/outgoing-store.ts';
import { ORDER_STATES } from './operations/standing-order.ts';
import { missedCutOff } from './payments/pass-cut-off.ts';
import { measureBatches } from './payments/store.ts';
import { findAccruedThrough } from './products/accrual-store.ts';
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
  watchSuspense(deps);
  watchInterest(deps);
  watchBatches(deps);
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

function watchInterest(deps: Pick<Deps, 'db' | 'clock' | 'rules'>): void {
  metrics.gauge(
    {
      name: 'guichet_interest_behind_seconds',
      help: `How many days, in seconds, were over by the last morning and have no interest added up for all accounts. ${SAME_EVERYWHERE}`,
    },
    async () => {
      const last = lastDayToAccrue(deps);
      const through = (await queryOnce(deps.db, findAccruedThrough())) ?? last;
      return Math.max(0, (Date.parse(last) - Date.parse(through)) / 1_000);
    },
  );
}

function watchBatches(deps: Pick<Deps, 'db' | 'clock' | 'rules'>): void {
  metrics.gauges(
    {
      batches: {
        name: 'guichet_payment_batches',
        help: `Batches of transfers to other banks, by status. ${SAME_EVERYWHERE}`,
        labelNames: ['status'],
      },
      oldest: {
        name: 'guichet_payment_batches_oldest_unsent_age_seconds',
        help: `Age of the oldest batch that isn’t marked as sent, or of today’s cut-off if its batch is missing. ${SAME_EVERYWHERE}`,
      },
      waiting: {
        name: 'guichet_payments_waiting',
        help: `Posted transfers to other banks that wait for a batch. ${SAME_EVERYWHERE}`,
      },
    },
    async () => {
      const { counts, oldestUnsent, waiting } = await measureBatches(deps.db, BATCH_CURRENCY);
      const oldest = oldestUnsent ?? (await missedCutOff(deps));
      return {
        batches: BATCH_STATUSES.map((status) => [{ status }, counts.get(status) ?? 0] as const),
        oldest: oldest === null ? 0 : (deps.clock().getTime() - oldest.getTime()) / 1000,
        waiting,
      };
    },
  );
}

const APPROVED_STATES = ORDER_STATES.filter((state) => state !== 'requested');

function watchSuspense({ db, clock }: Pick<Deps, 'db' | 'clock'>): void {
  metrics.gauges(
    {
      items: {
        name: 'guichet_suspense_payments',
        help: `Payments from other banks that belong to no account yet. ${SAME_EVERYWHERE}`,
      },
      oldest: {
        name: 'guichet_suspense_oldest_age_seconds',
        help: `Age of the file with the oldest of them. ${SAME_EVERYWHERE}`,
      },
      files: {
        name: 'guichet_payment_files_posting',
        help: `Approved files whose payments are not all posted. ${SAME_EVERYWHERE}`,
      },
    },
    async () => {
      const { count, oldestAt, posting } = await queryOnce(db, countSuspense());
      const oldest = oldestAt === null ? 0 : (clock().getTime() - oldestAt.getTime()) / 1000;
      return { items: count, oldest, files: posting };
    },
  );
}

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
