import { INTEREST_LINE_KINDS } from '@guichet/contract';
import { type Sql, sql, type Transaction, uuids } from '@guichet/database';
import { CURRENCIES } from '@guichet/money';
import { houseAccount } from '../accounts/account.ts';
import { compare, type OnlyOperations } from './checks-store.ts';
import type { CheckResult } from './rules.ts';

const HOUSE = Object.keys(CURRENCIES).flatMap((currency) => [
  houseAccount.interest(currency),
  houseAccount.fees(currency),
]);

/**
 * Each line of an interest run that is posted has its operation and transfer, and no other operation pays interest or takes fees. A full run also compares what
 * lines posted with what accounts no longer owe, and with what the bank's own accounts for interest and fees moved.
 */
export async function interestAgainstLines(trx: Transaction, only: OnlyOperations): Promise<CheckResult> {
  const results = [
    ...(only?.length === 0 ? [] : [await linesHaveTransfers(trx, only)]),
    ...(only === null ? [await linesAreSettled(trx), await houseMovedLines(trx)] : []),
  ];
  return {
    checked: results.reduce((sum, { checked }) => sum + checked, 0),
    broken: results.flatMap(({ broken }) => broken),
  };
}

function linesHaveTransfers(trx: Transaction, only: OnlyOperations): Promise<CheckResult> {
  const among = (id: Sql) => (only === null ? sql`1 = 1` : sql`${id} IN (${uuids(only)})`);
  return compare(
    trx,
    sql`SELECT COUNT(*) AS n FROM interest_lines l WHERE ${among(sql`l.id`)}`,
    sql`SELECT l.id, l.account_id, CONCAT(l.status, ' ', l.kind, ' ', l.amount) AS expected,
       COALESCE(CONCAT('posted ', o.type, ' ', t.amount), 'not posted') AS found
     FROM interest_lines l LEFT JOIN transfers t ON t.id = l.id LEFT JOIN operations o ON o.id = l.id
     WHERE ${among(sql`l.id`)} AND ((l.status = 'posted') <> (t.id IS NOT NULL) OR t.amount <> l.amount OR o.type <> l.kind)
     UNION ALL
     SELECT o.id, COALESCE(o.account_id, o.to_account_id), 'a line of an interest run', 'none'
     FROM operations o LEFT JOIN interest_lines l ON l.id = o.id
     WHERE o.type IN (${INTEREST_LINE_KINDS}) AND l.id IS NULL AND ${among(sql`o.id`)}`,
  );
}

function linesAreSettled(trx: Transaction): Promise<CheckResult> {
  return compare(
    trx,
    sql`SELECT COUNT(DISTINCT account_id) AS n FROM accruals`,
    sql`SELECT account_id AS id, account_id, SUM(posted) AS expected, SUM(settled) AS found FROM (
       SELECT account_id, IF(kind = 'overdraft_interest', -amount, amount) AS posted, 0 AS settled
         FROM interest_lines WHERE status = 'posted'
       UNION ALL SELECT account_id, 0, paid + charged FROM accruals
     ) owed GROUP BY account_id HAVING SUM(posted) <> SUM(settled)`,
  );
}

/** Without reversals, which give back what lines moved. */
function houseMovedLines(trx: Transaction): Promise<CheckResult> {
  return compare(
    trx,
    sql`SELECT COUNT(*) AS n FROM interest_runs`,
    sql`SELECT CONCAT('interest and fees in ', currency) AS id, NULL AS account_id, SUM(posted) AS expected, SUM(moved) AS found FROM (
       SELECT r.currency, IF(l.kind = 'interest', l.amount, -l.amount) AS posted, 0 AS moved
         FROM interest_lines l JOIN interest_runs r ON r.operation_id = l.run_id WHERE l.status = 'posted'
       UNION ALL SELECT currency, 0, amount FROM transfers WHERE reverses_id IS NULL AND debit_account_id IN (${uuids(HOUSE)})
       UNION ALL SELECT currency, 0, -amount FROM transfers WHERE reverses_id IS NULL AND credit_account_id IN (${uuids(HOUSE)})
     ) sums GROUP BY currency HAVING SUM(posted) <> SUM(moved)`,
  );
}
