import {
  change,
  join,
  NO_UUID,
  type Query,
  queryOnce,
  select,
  sql,
  type Transaction,
  table,
  uuid,
  uuidColumn,
  uuids,
} from '@guichet/database';
import { OPEN_STATUSES } from '../operations/life.ts';

/** Everything that was committed at `verifiedAt`, by the service's clock, reconciled. */
export interface Checkpoint {
  verifiedAt: Date;
  /** When the last full run began; it found no difference. */
  fullRunAt: Date;
}

const checkpoints = table<Checkpoint & { id: number }>('reconciliation_checkpoint', {
  id: 'id',
  verifiedAt: 'verified_at',
  fullRunAt: 'full_run_at',
});

export function findCheckpoint(): Query<Checkpoint | null> {
  return checkpoints.find(sql`id = 1`);
}

export function writeCheckpoint(checkpoint: Checkpoint): Query<void> {
  return checkpoints.upsert(
    [{ ...checkpoint, id: 1 }],
    ['id', 'verifiedAt', 'fullRunAt'],
    sql`verified_at = VALUES(verified_at), full_run_at = VALUES(full_run_at)`,
  );
}

export function discardCheckpoint(): Query<number> {
  return checkpoints.delete(sql`id = 1`);
}

/** An account whose last entry or balance is not the verified one. */
export interface MovedAccount {
  accountId: string;
  /** The stored balance. */
  balanceMinor: bigint;
  verifiedNumber: bigint;
  verifiedBalanceMinor: bigint;
  lastNumber: bigint;
}

const PAGE = 5_000;

/**
 * The accounts that moved since they were verified, in pages. It reads one row of each account and its last entry, so it also finds an entry
 * that no account counts, and a balance that changed without an entry.
 */
export async function* readMovedAccounts(trx: Transaction): AsyncGenerator<MovedAccount[]> {
  for (let after = NO_UUID; ; ) {
    // HAVING, because WHERE does not know the results, and a derived table would be written in full.
    const page: MovedAccount[] = await queryOnce(
      trx,
      select<MovedAccount>(
        sql`SELECT a.id AS accountId, a.balance AS balanceMinor,
          COALESCE(v.number, 0) AS verifiedNumber, COALESCE(v.balance, 0) AS verifiedBalanceMinor,
          COALESCE((SELECT e.number FROM entries e WHERE e.account_id = a.id AND e.number > 0
            ORDER BY e.number DESC LIMIT 1), 0) AS lastNumber
        FROM accounts a LEFT JOIN reconciled_accounts v ON v.account_id = a.id
        WHERE a.id > ${uuid(after)}
        HAVING lastNumber <> verifiedNumber OR balanceMinor <> verifiedBalanceMinor
        ORDER BY accountId LIMIT ${PAGE}`,
      ),
    );
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.accountId;
  }
}

interface ReconciledAccount {
  accountId: string;
  number: bigint;
  balanceMinor: bigint;
}

const reconciledAccounts = table<ReconciledAccount>('reconciled_accounts', {
  accountId: uuidColumn('account_id'),
  number: 'number',
  balanceMinor: 'balance',
});

/** Stores accounts as verified up to their last entry. */
export function writeVerifiedAccounts(moved: readonly MovedAccount[]): Query<void> {
  return reconciledAccounts.upsert(
    moved.map(({ accountId, balanceMinor, lastNumber }) => ({ accountId, balanceMinor, number: lastNumber })),
    ['accountId', 'number', 'balanceMinor'],
    sql`number = VALUES(number), balance = VALUES(balance)`,
  );
}

const ids = (rows: { id: string }[]): string[] => rows.map(({ id }) => id);

/** The operations that were open at the checkpoint and are final now. */
export function findEnded(): Query<string[]> {
  return select(
    sql`SELECT w.operation_id AS id FROM reconciled_waiting w LEFT JOIN operations o ON o.id = w.operation_id
     WHERE o.id IS NULL OR o.status NOT IN (${OPEN_STATUSES})`,
    ids,
  );
}

/** The operations that are open and were not at the checkpoint. */
export function findNewlyWaiting(): Query<string[]> {
  return select(
    sql`SELECT o.id FROM operations o LEFT JOIN reconciled_waiting w ON w.operation_id = o.id
     WHERE o.status IN (${OPEN_STATUSES}) AND w.operation_id IS NULL`,
    ids,
  );
}

export function addWaiting(operationIds: readonly string[]): Query<unknown> {
  const rows = operationIds.map((id) => sql`(${uuid(id)})`);
  return change(sql`INSERT IGNORE INTO reconciled_waiting (operation_id) VALUES ${join(rows, sql`, `)}`);
}

export function removeWaiting(operationIds: readonly string[]): Query<unknown> {
  return change(sql`DELETE FROM reconciled_waiting WHERE operation_id IN (${uuids(operationIds)})`);
}
