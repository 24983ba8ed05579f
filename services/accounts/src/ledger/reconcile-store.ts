import type { Database, Transaction } from '@guichet/database';

interface Found {
  checked: number;
  broken: { id: string; expected: string; found: string }[];
}

const MAX_BROKEN = 100;

/** Runs `work` on one consistent view of the whole schema (REPEATABLE READ), which locks nobody out. */
export async function inSnapshot<Result>(
  db: Database,
  work: (trx: Transaction) => Promise<Result>,
): Promise<Result> {
  return db.transaction(work, { isolationLevel: 'repeatable read' });
}

async function compare(trx: Transaction, counted: string, broken: string): Promise<Found> {
  const [[count]] = await trx.raw(counted);
  const [rows] = await trx.raw(`${broken} LIMIT ${MAX_BROKEN}`);
  return {
    checked: Number(count.n),
    broken: rows.map((row: { id: string; expected: unknown; found: unknown }) => ({
      id: row.id,
      expected: String(row.expected),
      found: String(row.found),
    })),
  };
}

export function balancesAgainstEntries(trx: Transaction): Promise<Found> {
  return compare(
    trx,
    'SELECT COUNT(*) AS n FROM accounts',
    `SELECT a.id, COALESCE(e.total, 0) AS expected, a.balance AS found
     FROM accounts a
     LEFT JOIN (SELECT account_id, SUM(amount) AS total FROM entries GROUP BY account_id) e ON e.account_id = a.id
     WHERE a.balance <> COALESCE(e.total, 0)`,
  );
}

export function heldAgainstOperations(trx: Transaction): Promise<Found> {
  return compare(
    trx,
    'SELECT COUNT(*) AS n FROM accounts',
    `SELECT a.id, COALESCE(o.total, 0) AS expected, a.held AS found
     FROM accounts a
     LEFT JOIN (
       SELECT held_account_id, SUM(amount) AS total FROM operations
       WHERE held_account_id IS NOT NULL AND status IN ('pending', 'approved') GROUP BY held_account_id
     ) o ON o.held_account_id = a.id
     WHERE a.held <> COALESCE(o.total, 0)`,
  );
}

export function sumByCurrency(trx: Transaction): Promise<Found> {
  return compare(
    trx,
    'SELECT COUNT(*) AS n FROM entries',
    `SELECT currency AS id, 0 AS expected, SUM(amount) AS found FROM entries GROUP BY currency HAVING SUM(amount) <> 0`,
  );
}

export function transfersBalance(trx: Transaction): Promise<Found> {
  return compare(
    trx,
    'SELECT COUNT(*) AS n FROM transfers',
    `SELECT t.id, '2 entries, sum 0' AS expected,
       CONCAT(COUNT(e.id), ' entries, sum ', COALESCE(SUM(e.amount), 0)) AS found
     FROM transfers t LEFT JOIN entries e ON e.transfer_id = t.id
     GROUP BY t.id HAVING COUNT(e.id) <> 2 OR SUM(e.amount) <> 0`,
  );
}

export function operationsAgainstTransfers(trx: Transaction): Promise<Found> {
  return compare(
    trx,
    "SELECT COUNT(*) AS n FROM operations WHERE status = 'posted' AND amount IS NOT NULL",
    `SELECT o.id, '1' AS expected, COUNT(t.id) AS found
     FROM operations o LEFT JOIN transfers t ON t.operation_id = o.id AND t.amount = o.amount
     WHERE o.amount IS NOT NULL
     GROUP BY o.id, o.status HAVING COUNT(t.id) <> IF(o.status = 'posted', 1, 0)`,
  );
}

export function runningBalances(trx: Transaction): Promise<Found> {
  return compare(
    trx,
    'SELECT COUNT(*) AS n FROM entries WHERE number IS NOT NULL',
    `SELECT id, expected, found FROM (
       SELECT id, balance_after AS found,
         SUM(amount) OVER (PARTITION BY account_id ORDER BY number) AS expected,
         ROW_NUMBER() OVER (PARTITION BY account_id ORDER BY number) AS place, number
       FROM entries WHERE number IS NOT NULL
     ) e WHERE found <> expected OR place <> number`,
  );
}
