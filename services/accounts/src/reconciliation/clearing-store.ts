import { anyOf, type Sql, sql, type Transaction, uuids } from '@guichet/database';
import { CURRENCIES } from '@guichet/money';
import { HOUSE_ACCOUNTS, houseAccount } from '../accounts/account.ts';
import { compare } from './checks-store.ts';
import type { CheckResult } from './rules.ts';

/** What a run that isn't full checks: the transfers of some operations, and batches that changed since a time or will change. */
interface NewPayments {
  operationIds: readonly string[];
  since: Date;
}

const CLEARING = Object.keys(CURRENCIES).map((currency) => houseAccount.clearing(currency));
const SETTLEMENT = Object.keys(CURRENCIES).map((currency) => houseAccount.settlement(currency));

/** A customer's payment to another bank, as the ledger has it: no reversal of one that came from there. */
const LEAVES = sql`t.reverses_id IS NULL AND t.credit_account_id IN (${uuids(CLEARING)}) AND t.debit_account_id NOT IN (${uuids(HOUSE_ACCOUNTS)})`;

/**
 * Each payment to another bank is on its way exactly as the ledger says, each batch has the number and the sum of its transfers, and a settled one its
 * transfer to settlement. From that follows the balance of clearing, which a full run also sums up.
 */
export async function clearingAgainstBatches(
  trx: Transaction,
  fresh: NewPayments | null,
): Promise<CheckResult> {
  const results = [
    await transfersAreOnTheirWay(trx, fresh),
    await batchesHaveTheirSums(trx, fresh),
    ...(fresh === null ? [await clearingIsUnsettled(trx)] : []),
  ];
  return {
    checked: results.reduce((sum, { checked }) => sum + checked, 0),
    broken: results.flatMap(({ broken }) => broken),
  };
}

/** Each payment is waiting or in a batch, unless it was reversed or returned: then another transfer undoes it. */
function transfersAreOnTheirWay(trx: Transaction, fresh: NewPayments | null): Promise<CheckResult> {
  const only = fresh?.operationIds;
  if (only?.length === 0) return Promise.resolve({ checked: 0, broken: [] });
  const among = (id: Sql) =>
    only === undefined
      ? sql`1 = 1`
      : sql`(${id} IN (${uuids(only)}) OR ${id} IN (SELECT reverses_id FROM transfers WHERE id IN (${uuids(only)}) AND reverses_id IS NOT NULL))`;
  return compare(
    trx,
    sql`SELECT COUNT(*) AS n FROM transfers t WHERE ${LEAVES} AND ${among(sql`t.id`)}`,
    sql`SELECT t.id, t.debit_account_id AS account_id, IF(r.id IS NULL, 'on its way', CONCAT('undone by ', r.amount)) AS expected,
       COALESCE(o.state, 'not on its way') AS found
     FROM transfers t
     LEFT JOIN transfers r ON r.reverses_id = t.id
     LEFT JOIN outgoing_transfers o ON o.operation_id = t.id
     WHERE ${LEAVES} AND ${among(sql`t.id`)} AND (
       o.operation_id IS NULL OR o.currency <> t.currency
       OR (r.id IS NOT NULL) <> (o.state IN ('reversed', 'returned'))
       OR (o.batch_id IS NOT NULL) <> (o.state IN ('batched', 'returned')))
     UNION ALL
     SELECT o.operation_id, NULL, 'a transfer to another bank', 'none'
     FROM outgoing_transfers o LEFT JOIN transfers t ON t.id = o.operation_id AND ${LEAVES}
     WHERE t.id IS NULL AND ${among(sql`o.operation_id`)}`,
  );
}

/** Each batch has as many transfers as it says, with that sum in the ledger, and has settled it once it is settled. */
function batchesHaveTheirSums(trx: Transaction, fresh: NewPayments | null): Promise<CheckResult> {
  const checked =
    fresh === null
      ? sql`1 = 1`
      : anyOf(
          sql`b.status <> 'settled'`,
          sql`b.created_at >= ${fresh.since}`,
          sql`b.settled_at >= ${fresh.since}`,
        );
  return compare(
    trx,
    sql`SELECT COUNT(*) AS n FROM payment_batches b WHERE ${checked}`,
    sql`SELECT b.id, NULL AS account_id, CONCAT(b.count, ' transfers, ', b.total) AS expected,
       CONCAT(COUNT(t.id), ' transfers, ', COALESCE(SUM(t.amount), 0)) AS found
     FROM payment_batches b
     LEFT JOIN outgoing_transfers o ON o.batch_id = b.id
     LEFT JOIN transfers t ON t.id = o.operation_id
     WHERE ${checked} GROUP BY b.id, b.count, b.total
     HAVING b.count <> COUNT(t.id) OR b.total <> COALESCE(SUM(t.amount), 0)
     UNION ALL
     SELECT b.id, NULL, IF(b.status = 'settled', CONCAT('settled ', b.total, ' ', b.currency), 'not settled'),
       IF(t.id IS NULL, 'not settled', CONCAT('settled ', t.amount, ' ', t.currency))
     FROM payment_batches b LEFT JOIN transfers t ON t.id = b.id
     WHERE ${checked} AND ((b.status = 'settled') <> (t.id IS NOT NULL)
       OR t.amount <> b.total OR t.currency <> b.currency
       OR t.debit_account_id NOT IN (${uuids(CLEARING)}) OR t.credit_account_id NOT IN (${uuids(SETTLEMENT)}))
     UNION ALL
     SELECT o.batch_id, NULL, 'a batch', 'none'
     FROM outgoing_transfers o LEFT JOIN payment_batches b ON b.id = o.batch_id
     WHERE o.batch_id IS NOT NULL AND b.id IS NULL AND ${fresh === null ? sql`1 = 1` : sql`1 = 0`}`,
  );
}

/**
 * In each currency, the balance of clearing is the sum of the payments to other banks that are neither settled nor reversed, of those from other banks
 * that are still to be posted, and of those whose credit was reversed.
 */
function clearingIsUnsettled(trx: Transaction): Promise<CheckResult> {
  return compare(
    trx,
    sql`SELECT COUNT(DISTINCT currency) AS n FROM outgoing_transfers`,
    sql`SELECT CONCAT('house:clearing:', currency) AS id, SUM(unsettled) AS expected, SUM(balance) AS found FROM (
       SELECT t.currency, 0 AS unsettled, t.amount AS balance FROM transfers t WHERE t.credit_account_id IN (${uuids(CLEARING)})
       UNION ALL SELECT t.currency, 0, -t.amount FROM transfers t WHERE t.debit_account_id IN (${uuids(CLEARING)})
       UNION ALL SELECT o.currency, t.amount, 0
         FROM outgoing_transfers o JOIN transfers t ON t.id = o.operation_id LEFT JOIN payment_batches b ON b.id = o.batch_id
         WHERE o.state <> 'reversed' AND (b.id IS NULL OR b.status <> 'settled')
       UNION ALL SELECT f.currency, i.amount, 0
         FROM payment_items i JOIN operations f ON f.id = i.file_id JOIN payment_files p ON p.operation_id = i.file_id
         WHERE (p.state = 'posting' AND i.status = 'pending') OR (i.status = 'suspense' AND i.reason = 'reversed')
     ) moved GROUP BY currency HAVING SUM(unsettled) <> SUM(balance)`,
  );
}
