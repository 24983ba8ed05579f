import { queryOnce, type Sql, select, sql, type Transaction } from '@guichet/database';
import { OPEN_STATUSES } from '../operations/life.ts';
import { compare } from './checks-store.ts';
import { FIRST_STATUS } from './new-rows-store.ts';
import type { CheckResult } from './rules.ts';

/** The operations and their new statuses that the outbox's log entries name, in the rows that match. */
// The casts give the columns a length: without one, the server does not index the derived table.
const loggedIn = (rows: Sql): Sql => sql`
  SELECT CAST(UNHEX(REPLACE(JSON_UNQUOTE(JSON_EXTRACT(payload, '$.data.operation_id')), '-', '')) AS BINARY(16)) AS id,
    CAST(JSON_UNQUOTE(JSON_EXTRACT(payload, '$.data.status')) AS CHAR(40) CHARACTER SET ascii) COLLATE ascii_bin AS status
  FROM outbox WHERE subject LIKE 'log.%' AND events = 1 AND ${rows}
  UNION ALL
  SELECT CAST(UNHEX(REPLACE(packed.id, '-', '')) AS BINARY(16)),
    CAST(packed.status AS CHAR(40) CHARACTER SET ascii) COLLATE ascii_bin
  FROM outbox JOIN JSON_TABLE(payload, '$[*]' COLUMNS (
    id CHAR(36) PATH '$.data.operation_id', status VARCHAR(40) PATH '$.data.status'
  )) packed
  WHERE subject LIKE 'log.%' AND events > 1 AND ${rows}`;

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
       SELECT id, account_id, ${FIRST_STATUS} AS status FROM operations
       WHERE created_at BETWEEN ${from} AND ${to}
       UNION ALL
       SELECT id, account_id, status FROM operations
       WHERE decided_at BETWEEN ${from} AND ${to} AND status NOT IN (${OPEN_STATUSES})
     ) due
     LEFT JOIN (${loggedIn(sql`1 = 1`)}) logged ON logged.id = due.id AND logged.status = due.status
     WHERE logged.id IS NULL`,
  );
}

/** The rows of the outbox that are read at once. */
const ROWS = 64;

/**
 * The logged changes of operations, the newest rows first, in pages. The order in which sequences were committed does not matter to a caller that
 * reads on until it has found what it looks for, or the end.
 */
export async function* readLoggedBackwards(
  trx: Transaction,
): AsyncGenerator<{ id: string | null; status: string | null }[]> {
  const [ends] = await queryOnce(
    trx,
    select<{ first: bigint | null; last: bigint | null }>(
      sql`SELECT MIN(sequence) AS first, MAX(sequence) AS last FROM outbox`,
    ),
  );
  if (ends === undefined || ends.first === null || ends.last === null) return;
  for (let last = BigInt(ends.last); last >= BigInt(ends.first); last -= BigInt(ROWS)) {
    yield await queryOnce(
      trx,
      select<{ id: string | null; status: string | null }>(
        loggedIn(sql`sequence > ${last - BigInt(ROWS)} AND sequence <= ${last}`),
      ),
    );
  }
}
