import { queryOnce, type Sql, select, sql, type Transaction } from '@guichet/database';
import { MONEY_KINDS } from '../operations/kinds/index.ts';

/** A row that fails a check; `account_id` is the account that it concerns, if it concerns only one. */
export interface Discrepancy {
  id: string;
  account_id: string | null;
  expected: string;
  found: string;
}

export interface CheckResult {
  checked: number;
  broken: Discrepancy[];
}

const MAX_BROKEN = 100;

/** Counts the rows that are checked, and lists those that fail. */
async function compare(trx: Transaction, counted: Sql, broken: Sql): Promise<CheckResult> {
  const [count] = await queryOnce(trx, select<{ n: bigint }>(counted));
  const rows = await queryOnce(
    trx,
    select<{ id: string; account_id?: string | null; expected: unknown; found: unknown }>(
      sql`${broken} LIMIT ${MAX_BROKEN}`,
    ),
  );
  return {
    checked: Number(count?.n),
    broken: rows.map((row) => ({
      id: row.id,
      account_id: row.account_id ?? null,
      expected: String(row.expected),
      found: String(row.found),
    })),
  };
}

export function balancesAgainstEntries(trx: Transaction): Promise<CheckResult> {
  return compare(
    trx,
    sql`SELECT COUNT(*) AS n FROM accounts`,
    sql`SELECT a.id, a.id AS account_id, COALESCE(e.total, 0) AS expected, a.balance AS found
     FROM accounts a
     LEFT JOIN (SELECT account_id, SUM(amount) AS total FROM entries GROUP BY account_id) e ON e.account_id = a.id
     WHERE a.balance <> COALESCE(e.total, 0)`,
  );
}

export function heldAgainstOperations(trx: Transaction): Promise<CheckResult> {
  return compare(
    trx,
    sql`SELECT COUNT(*) AS n FROM accounts`,
    sql`SELECT a.id, a.id AS account_id, COALESCE(o.total, 0) AS expected, a.held AS found
     FROM accounts a
     LEFT JOIN (
       SELECT held_account_id, SUM(amount) AS total FROM operations
       WHERE held_account_id IS NOT NULL AND status IN ('pending', 'approved') GROUP BY held_account_id
     ) o ON o.held_account_id = a.id
     WHERE a.held <> COALESCE(o.total, 0)`,
  );
}

export function sumByCurrency(trx: Transaction): Promise<CheckResult> {
  return compare(
    trx,
    sql`SELECT COUNT(*) AS n FROM entries`,
    sql`SELECT currency AS id, 0 AS expected, SUM(amount) AS found FROM entries GROUP BY currency HAVING SUM(amount) <> 0`,
  );
}

export function transfersBalance(trx: Transaction): Promise<CheckResult> {
  return compare(
    trx,
    sql`SELECT COUNT(*) AS n FROM transfers`,
    sql`SELECT t.id, '2 entries, sum 0' AS expected,
       CONCAT(COUNT(e.id), ' entries, sum ', COALESCE(SUM(e.amount), 0)) AS found
     FROM transfers t LEFT JOIN entries e ON e.transfer_id = t.id
     GROUP BY t.id HAVING COUNT(e.id) <> 2 OR SUM(e.amount) <> 0`,
  );
}

export function operationsAgainstTransfers(trx: Transaction): Promise<CheckResult> {
  return compare(
    trx,
    sql`SELECT COUNT(*) AS n FROM operations WHERE status = 'posted' AND type IN (${MONEY_KINDS})`,
    sql`SELECT o.id, '1' AS expected, COUNT(t.id) AS found
     FROM operations o LEFT JOIN transfers t ON t.operation_id = o.id AND t.amount = o.amount
     WHERE o.type IN (${MONEY_KINDS})
     GROUP BY o.id, o.status HAVING COUNT(t.id) <> IF(o.status = 'posted', 1, 0)`,
  );
}

export function runningBalances(trx: Transaction): Promise<CheckResult> {
  return compare(
    trx,
    sql`SELECT COUNT(*) AS n FROM entries WHERE number IS NOT NULL`,
    sql`SELECT id, account_id, expected, found FROM (
       SELECT id, account_id, balance_after AS found,
         SUM(amount) OVER (PARTITION BY account_id ORDER BY number) AS expected,
         ROW_NUMBER() OVER (PARTITION BY account_id ORDER BY number) AS place, number
       FROM entries WHERE number IS NOT NULL
     ) e WHERE found <> expected OR place <> number`,
  );
}

/** Each reversal is the mirror of the transfer that it names: the same amount and currency in the opposite direction. */
export function reversalsMirrorTransfers(trx: Transaction): Promise<CheckResult> {
  return compare(
    trx,
    sql`SELECT COUNT(*) AS n FROM transfers WHERE reverses_id IS NOT NULL`,
    sql`SELECT r.id, CONCAT(o.debit_account_id, ' pays ', o.amount, ' ', o.currency, ', undone by operation ', r.operation_id) AS expected,
       CONCAT(r.credit_account_id, ' is paid ', r.amount, ' ', r.currency) AS found
     FROM transfers r
     LEFT JOIN transfers o ON o.id = r.reverses_id
     LEFT JOIN operations p ON p.id = r.operation_id
     WHERE r.reverses_id IS NOT NULL AND (
       o.id IS NULL OR o.amount <> r.amount OR o.currency <> r.currency
       OR o.debit_account_id <> r.credit_account_id OR o.credit_account_id <> r.debit_account_id
       OR p.reverses_transfer_id IS NULL OR p.reverses_transfer_id <> r.reverses_id)`,
  );
}

/** No operation waits, and holds money, long after its deadline. */
export function waitingWithinDeadline(trx: Transaction, overdueBefore: Date): Promise<CheckResult> {
  return compare(
    trx,
    sql`SELECT COUNT(*) AS n FROM operations WHERE status IN ('pending', 'approved')`,
    sql`SELECT id, held_account_id AS account_id, CONCAT('ended by ', expires_at) AS expected, status AS found FROM operations
     WHERE status IN ('pending', 'approved') AND expires_at < ${overdueBefore}`,
  );
}

/** Each operation that was requested or ended in the period has its audit event in the outbox. */
export function operationsHaveEvents(
  trx: Transaction,
  period: { from: Date; to: Date },
): Promise<CheckResult> {
  const { from, to } = period;
  return compare(
    trx,
    sql`SELECT COUNT(*) AS n FROM operations WHERE created_at BETWEEN ${from} AND ${to} OR decided_at BETWEEN ${from} AND ${to}`,
    sql`SELECT due.id, due.account_id, due.status AS expected, 'no event' AS found
     FROM (
       SELECT id, COALESCE(account_id, from_account_id) AS account_id, 'pending' AS status FROM operations
       WHERE created_at BETWEEN ${from} AND ${to}
       UNION ALL
       SELECT id, COALESCE(account_id, from_account_id), status FROM operations
       WHERE decided_at BETWEEN ${from} AND ${to} AND status NOT IN ('pending', 'approved')
     ) due
     -- The casts give the columns a length: without one, the server does not index the derived table.
     LEFT JOIN (
       SELECT CAST(JSON_UNQUOTE(JSON_EXTRACT(payload, '$.data.operation_id')) AS CHAR(36) CHARACTER SET ascii) COLLATE ascii_bin AS id,
         CAST(JSON_UNQUOTE(JSON_EXTRACT(payload, '$.data.status')) AS CHAR(40) CHARACTER SET ascii) COLLATE ascii_bin AS status
       FROM outbox WHERE subject LIKE 'log.%' AND events = 1
       UNION
       SELECT CAST(packed.id AS CHAR(36) CHARACTER SET ascii) COLLATE ascii_bin,
         CAST(packed.status AS CHAR(40) CHARACTER SET ascii) COLLATE ascii_bin
       FROM outbox JOIN JSON_TABLE(payload, '$[*]' COLUMNS (
         id CHAR(36) PATH '$.data.operation_id', status VARCHAR(40) PATH '$.data.status'
       )) packed
       WHERE subject LIKE 'log.%' AND events > 1
     ) logged ON logged.id = due.id AND logged.status = due.status
     WHERE logged.id IS NULL`,
  );
}
