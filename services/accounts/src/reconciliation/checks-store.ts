import {
  identifier,
  queryOnce,
  type Sql,
  select,
  sql,
  type Transaction,
  uuidAsText,
  uuids,
} from '@guichet/database';
import { HOUSE_ACCOUNTS, nameHouseAccounts } from '../accounts/account.ts';
import { HOUSE_NUMBER } from '../ledger/store.ts';
import { HOLDING_KINDS, MONEY_KINDS } from '../operations/kinds/index.ts';
import { MAX_BROKEN } from './checks.ts';
import type { CheckResult } from './rules.ts';

// The checks in SQL. Each reads the whole ledger, or only what belongs to the operations in `only`.

/** The operations whose rows are checked; null for all. */
export type OnlyOperations = readonly string[] | null;

const among = (column: Sql, only: OnlyOperations): Sql =>
  only === null ? sql`1 = 1` : sql`${column} IN (${uuids(only)})`;

/** Counts the rows that are checked, and lists those that fail. */
export async function compare(trx: Transaction, counted: Sql, broken: Sql): Promise<CheckResult> {
  const [count] = await queryOnce(trx, select<{ n: bigint }>(counted));
  const rows = await queryOnce(
    trx,
    select<{ id: string; account_id?: string | null; expected: unknown; found: unknown }>(
      sql`${broken} LIMIT ${MAX_BROKEN}`,
    ),
  );
  return {
    checked: Number(count?.n),
    broken: rows.map(({ id, account_id = null, expected, found }) => ({
      id: nameHouseAccounts(id),
      account_id: account_id === null ? null : nameHouseAccounts(account_id),
      expected: nameHouseAccounts(String(expected)),
      found: nameHouseAccounts(String(found)),
    })),
  };
}

/** The balance of each account is the sum of its entries, and each customer's entry belongs to an account. */
export function balancesAgainstEntries(trx: Transaction): Promise<CheckResult> {
  return compare(
    trx,
    sql`SELECT COUNT(*) AS n FROM accounts`,
    sql`SELECT a.id, a.id AS account_id, COALESCE(e.total, 0) AS expected, a.balance AS found
     FROM accounts a
     LEFT JOIN (SELECT account_id, SUM(amount) AS total FROM entries GROUP BY account_id) e ON e.account_id = a.id
     WHERE a.balance <> COALESCE(e.total, 0)
     UNION ALL
     SELECT e.account_id, e.account_id, 'an account', 'none'
     FROM (SELECT DISTINCT account_id FROM entries) e LEFT JOIN accounts a ON a.id = e.account_id
     WHERE a.id IS NULL`,
  );
}

export function heldAgainstOperations(trx: Transaction): Promise<CheckResult> {
  return compare(
    trx,
    sql`SELECT COUNT(*) AS n FROM accounts`,
    sql`SELECT a.id, a.id AS account_id, COALESCE(o.total, 0) AS expected, a.held AS found
     FROM accounts a
     LEFT JOIN (
       SELECT account_id, SUM(amount) AS total FROM operations
       WHERE type IN (${HOLDING_KINDS}) AND account_id IS NOT NULL AND execute_on IS NULL AND status IN ('pending', 'approved')
       GROUP BY account_id
     ) o ON o.account_id = a.id
     WHERE a.held <> COALESCE(o.total, 0)`,
  );
}

/** In each currency, customers' entries and what the transfers moved on the bank's own accounts sum to zero. */
export function sumByCurrency(trx: Transaction, only: OnlyOperations): Promise<CheckResult> {
  const where = among(sql`t.id`, only);
  // Of everything, the entries are summed by themselves; of some transfers, those that belong to them.
  const customers =
    only === null
      ? sql`SELECT a.currency, SUM(e.amount) AS amount FROM entries e JOIN accounts a ON a.id = e.account_id GROUP BY a.currency`
      : sql`SELECT t.currency, e.amount FROM transfers t JOIN entries e
            ON e.account_id = t.debit_account_id AND e.number = t.debit_number WHERE ${where}
          UNION ALL SELECT t.currency, e.amount FROM transfers t JOIN entries e
            ON e.account_id = t.credit_account_id AND e.number = t.credit_number WHERE ${where}`;
  return compare(
    trx,
    sql`SELECT COUNT(*) AS n FROM transfers t WHERE ${where}`,
    sql`SELECT currency AS id, 0 AS expected, SUM(amount) AS found FROM (
       ${customers}
       UNION ALL SELECT t.currency, -t.amount FROM transfers t WHERE t.debit_account_id IN (${uuids(HOUSE_ACCOUNTS)}) AND ${where}
       UNION ALL SELECT t.currency, t.amount FROM transfers t WHERE t.credit_account_id IN (${uuids(HOUSE_ACCOUNTS)}) AND ${where}
     ) moved GROUP BY currency HAVING SUM(amount) <> 0`,
  );
}

/** Whether the transfer `t` names the entry `e` as one of its sides, with its amount. */
export const IS_NAMED = sql`(
  (t.debit_account_id = e.account_id AND t.debit_number = e.number AND t.amount = -e.amount)
  OR (t.credit_account_id = e.account_id AND t.credit_number = e.number AND t.amount = e.amount))`;

/** Each side of a transfer is a customer's and has its entry, or is the bank's own account; and in a full run, each entry is a side of its transfer. */
export async function transfersBalance(trx: Transaction, only: OnlyOperations): Promise<CheckResult> {
  const broken = (side: 'debit' | 'credit') => {
    const accountColumn = sql`t.${identifier(`${side}_account_id`)}`;
    const number = sql`t.${identifier(`${side}_number`)}`;
    const amount = side === 'debit' ? sql`-t.amount` : sql`t.amount`;
    return sql`SELECT t.id, ${accountColumn} AS account_id, CONCAT('an entry of ', ${amount}, ' with number ', ${number}) AS expected,
         IF(e.number IS NULL, 'none', CONCAT('one of ', e.amount, IF(e.transfer_id = t.id, '', ' of another transfer'))) AS found
       FROM transfers t LEFT JOIN entries e ON ${accountColumn} = e.account_id AND e.number = ${number}
       WHERE ${among(sql`t.id`, only)} AND IF(${accountColumn} IN (${uuids(HOUSE_ACCOUNTS)}), ${number} <> ${HOUSE_NUMBER},
         e.number IS NULL OR e.transfer_id <> t.id OR e.amount <> ${amount})`;
  };
  const strays = sql`UNION ALL
     SELECT e.transfer_id, e.account_id, 'a transfer with this entry', IF(t.id IS NULL, 'none', 'one without it')
     FROM entries e LEFT JOIN transfers t ON t.id = e.transfer_id
     WHERE t.id IS NULL OR NOT ${IS_NAMED}`;
  return compare(
    trx,
    sql`SELECT COUNT(*) AS n FROM transfers t WHERE ${among(sql`t.id`, only)}`,
    // What is new is followed by account, entry by entry, and each is compared with its transfer there.
    sql`${broken('debit')} UNION ALL ${broken('credit')} ${only === null ? strays : sql``}`,
  );
}

export function operationsAgainstTransfers(trx: Transaction, only: OnlyOperations): Promise<CheckResult> {
  const isDue = sql`(o.status = 'posted' AND o.type IN (${MONEY_KINDS}) AND o.amount <> 0)`;
  const transferOf = (row: Sql) => sql`CONCAT('a transfer of ', ${row}.amount, ' ', ${row}.currency)`;
  return compare(
    trx,
    sql`SELECT COUNT(*) AS n FROM operations o WHERE ${isDue} AND ${among(sql`o.id`, only)}`,
    sql`SELECT o.id, NULL AS account_id, IF(${isDue}, ${transferOf(sql`o`)}, 'no transfer') AS expected,
       CONCAT(o.status, ', ', IF(t.id IS NULL, 'no transfer', ${transferOf(sql`t`)})) AS found
     FROM operations o LEFT JOIN transfers t ON t.id = o.id
     WHERE ${among(sql`o.id`, only)} AND (${isDue} <> (t.id IS NOT NULL)
       OR t.amount <> o.amount OR t.currency <> o.currency)
     UNION ALL
     SELECT t.id, NULL, 'an operation', ${transferOf(sql`t`)}
     FROM transfers t LEFT JOIN operations o ON o.id = t.id LEFT JOIN payment_batches b ON b.id = t.id
     WHERE o.id IS NULL AND b.id IS NULL AND ${among(sql`t.id`, only)}
     UNION ALL
     SELECT w.operation_id, NULL, 'an operation', 'none'
     FROM reconciled_waiting w LEFT JOIN operations o ON o.id = w.operation_id
     WHERE o.id IS NULL AND ${among(sql`w.operation_id`, only)}`,
  );
}

export function runningBalances(trx: Transaction): Promise<CheckResult> {
  return compare(
    trx,
    sql`SELECT COUNT(*) AS n FROM entries`,
    sql`SELECT transfer_id AS id, account_id, IF(place = number, expected, CONCAT(place, ': ', expected)) AS expected,
       IF(place = number, found, CONCAT(number, ': ', found)) AS found
     FROM (
       SELECT transfer_id, account_id, balance_after AS found,
         SUM(amount) OVER (PARTITION BY account_id ORDER BY number) AS expected,
         ROW_NUMBER() OVER (PARTITION BY account_id ORDER BY number) AS place, number
       FROM entries
     ) e WHERE found <> expected OR place <> number
     UNION ALL
     SELECT COALESCE(e.transfer_id, v.account_id), v.account_id, CONCAT(v.number, ': ', v.balance, ', as verified before'),
       COALESCE(CONCAT(e.number, ': ', e.balance_after), 'no entry')
     FROM reconciled_accounts v LEFT JOIN entries e ON e.account_id = v.account_id AND e.number = v.number
     WHERE v.number > 0 AND (e.number IS NULL OR e.balance_after <> v.balance)`,
  );
}

/** Each reversal is the mirror of the transfer that it names: the same amount and currency in the opposite direction. */
export function reversalsMirrorTransfers(trx: Transaction, only: OnlyOperations): Promise<CheckResult> {
  const reversals = sql`r.reverses_id IS NOT NULL AND ${among(sql`r.id`, only)}`;
  return compare(
    trx,
    sql`SELECT COUNT(*) AS n FROM transfers r WHERE ${reversals}`,
    sql`SELECT r.id, CONCAT(${uuidAsText(sql`o.debit_account_id`)}, ' pays ', o.amount, ' ', o.currency, ', undone by operation ', ${uuidAsText(sql`r.id`)}) AS expected,
       CONCAT(${uuidAsText(sql`r.credit_account_id`)}, ' is paid ', r.amount, ' ', r.currency) AS found
     FROM transfers r
     LEFT JOIN transfers o ON o.id = r.reverses_id
     LEFT JOIN operations p ON p.id = r.id
     WHERE ${reversals} AND (
       o.id IS NULL OR o.amount <> r.amount OR o.currency <> r.currency
       OR o.debit_account_id <> r.credit_account_id OR o.credit_account_id <> r.debit_account_id
       OR p.reverses_id IS NULL OR p.reverses_id <> r.reverses_id)`,
  );
}

/** No operation waits, and holds money, long after its deadline. */
export function waitingWithinDeadline(trx: Transaction, overdueBefore: Date): Promise<CheckResult> {
  return compare(
    trx,
    sql`SELECT COUNT(*) AS n FROM operations WHERE status IN ('pending', 'approved')`,
    sql`SELECT id, account_id, CONCAT('ended by ', expires_at) AS expected, status AS found FROM operations
     WHERE status IN ('pending', 'approved') AND expires_at < ${overdueBefore}`,
  );
}
