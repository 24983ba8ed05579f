import {
  type Database,
  holdLease,
  type Lease,
  type Query,
  query,
  queryOnce,
  type Transaction,
  transaction,
} from '@guichet/database';
import type { Deps } from '../deps.ts';
import {
  addWaiting,
  type Checkpoint,
  discardCheckpoint,
  findCheckpoint,
  findEnded,
  findNewlyWaiting,
  type MovedAccount,
  readMovedAccounts,
  removeWaiting,
  writeCheckpoint,
  writeVerifiedAccounts,
} from './checkpoint-store.ts';
import type { Check } from './checks.ts';
import { CLOCK_TOLERANCE_MS } from './periods.ts';
import { reconcileAll } from './reconcile.ts';
import { reconcileNew } from './reconcile-new.ts';

/** The result of a reconciliation, stored for the agents and for the metrics of every replica. */
export interface ReconciliationOutcome {
  ok: boolean;
  checks: Check[];
  /** Whether the run read the whole ledger, or what was new since the checkpoint. */
  scope: 'full' | 'new';
  /** Everything that was committed until then reconciled; null if nothing is known to. */
  verifiedUpTo: string | null;
  /** When the last full run began. */
  lastFullRunAt: string;
}

const ROWS_AT_ONCE = 5_000;

/**
 * Reconciles what is new since the checkpoint, or everything if `full`, if the last full run is older than `fullEveryMs`, or if there is no
 * checkpoint; and moves the checkpoint if there is no difference. The caller has the lease, so runs follow one another.
 */
export async function runReconciliation(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  lease: Lease,
  { full, fullEveryMs }: { full: boolean; fullEveryMs: number },
): Promise<ReconciliationOutcome> {
  const checkpoint = await queryOnce(db, findCheckpoint());
  // Before the first read: the snapshot contains everything that was committed until then.
  const now = clock();
  return transaction(
    db,
    async (trx) => {
      const isFull = full || checkpoint === null || isFullRunDue(checkpoint, now, fullEveryMs);
      const fresh = isFull ? null : await reconcileNew(trx, checkpoint as Checkpoint, now);
      const checks = fresh?.checks ?? (await reconcileAll(trx, now));
      const ok = checks.every((one) => one.ok);
      const scope = fresh === null ? 'full' : 'new';
      const fullRunAt = fresh === null ? now : (checkpoint as Checkpoint).fullRunAt;
      const moved = fresh === null ? readMovedAccounts(trx) : slices(fresh.moved);
      if (ok) await moveCheckpoint(db, trx, lease, { checkpoint: { verifiedAt: now, fullRunAt }, moved });
      // Later runs must not pass over what only a full run sees, so they are full until the difference is gone.
      else if (scope === 'full') await store(db, lease, discardCheckpoint());
      const verifiedAt = ok ? now : scope === 'full' ? null : checkpoint?.verifiedAt;
      return {
        ok,
        checks,
        scope,
        verifiedUpTo: verifiedAt?.toISOString() ?? null,
        lastFullRunAt: fullRunAt.toISOString(),
      };
    },
    { snapshot: true },
  );
}

function isFullRunDue({ fullRunAt, verifiedAt }: Checkpoint, now: Date, fullEveryMs: number): boolean {
  // A time in the future is that of a clock that was wrong: what is new could not be found by it.
  const isFromFuture = verifiedAt.getTime() - now.getTime() > CLOCK_TOLERANCE_MS;
  return now.getTime() - fullRunAt.getTime() >= fullEveryMs || isFromFuture;
}

/**
 * Stores the verified state of the snapshot, in small transactions: each account, each waiting operation and the time may move ahead of the others,
 * because a state that lags only makes the next run verify more.
 */
async function moveCheckpoint(
  db: Database,
  trx: Transaction,
  lease: Lease,
  { checkpoint, moved }: { checkpoint: Checkpoint; moved: Pages<MovedAccount> },
): Promise<void> {
  for await (const page of moved) await store(db, lease, writeVerifiedAccounts(page));
  const [ended, waiting] = await query(trx, findEnded(), findNewlyWaiting());
  for (const page of slices(waiting)) await store(db, lease, addWaiting(page));
  for (const page of slices(ended)) await store(db, lease, removeWaiting(page));
  await store(db, lease, writeCheckpoint(checkpoint));
}

/** Writes in a transaction of its own, outside the snapshot. @throws LeaseLostError if another replica reconciles by now */
async function store(db: Database, lease: Lease, write: Query<unknown>): Promise<void> {
  await transaction(db, (trx) => trx.commit(holdLease(lease), write));
}

type Pages<Row> = AsyncIterable<Row[]> | Iterable<Row[]>;

function slices<Row>(rows: readonly Row[]): Row[][] {
  return Array.from({ length: Math.ceil(rows.length / ROWS_AT_ONCE) }, (_, index) =>
    rows.slice(index * ROWS_AT_ONCE, (index + 1) * ROWS_AT_ONCE),
  );
}
