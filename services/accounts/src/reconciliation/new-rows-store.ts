import { firstIdOf, type Query, select, sql, uuid, uuidHex, uuids } from '@guichet/database';
import { OPEN_STATUSES, type StoredStatus } from '../operations/life.ts';
import { IS_NAMED } from './checks-store.ts';
import type { EntryRange, NumberedEntry } from './rules.ts';

const ids = (rows: { id: string }[]): string[] => rows.map(({ id }) => id);

/** The entries of some accounts within ranges of their numbers, by account and number. */
export function readEntries(ranges: readonly EntryRange[]): Query<NumberedEntry[]> {
  // Each number is looked up, because the server plans a condition for each range of each account longer than it takes to read the rows.
  const numbers = ranges.flatMap(({ accountId, from, through }) =>
    Array.from({ length: Number(through - from) + 1 }, (_, index) => [
      uuidHex(accountId),
      String(from + BigInt(index)),
    ]),
  );
  return select(
    sql`SELECT STRAIGHT_JOIN e.account_id AS accountId, e.number, e.amount AS amountMinor, e.balance_after AS balanceMinor,
       e.transfer_id AS operationId, COALESCE(${IS_NAMED}, 0) AS isNamed
     FROM JSON_TABLE(${JSON.stringify(numbers)}, '$[*]' COLUMNS (
       account_id CHAR(32) PATH '$[0]', number BIGINT PATH '$[1]'
     )) wanted JOIN entries e ON e.account_id = UNHEX(wanted.account_id) AND e.number = wanted.number
     LEFT JOIN transfers t ON t.id = e.transfer_id
     ORDER BY e.account_id, e.number`,
    (rows: (Omit<NumberedEntry, 'isNamed'> & { isNamed: number | bigint })[]) =>
      rows.map((row) => ({ ...row, isNamed: Number(row.isNamed) === 1 })),
  );
}

/** The operations that were requested since `time`, by the time in their ids. */
export function findRequestedSince(time: Date): Query<string[]> {
  return select(sql`SELECT id FROM operations WHERE id >= ${uuid(firstIdOf(time))}`, ids);
}

/** The operations that are not final although they have a transfer. */
export function findWaitingWithTransfer(): Query<string[]> {
  return select(
    sql`SELECT o.id FROM operations o JOIN transfers t ON t.id = o.id WHERE o.status IN (${OPEN_STATUSES})`,
    ids,
  );
}

/** The status that an operation begins with: a payment of a standing order or of a file needs no decision, and the latter is posted at once. */
export const FIRST_STATUS = sql`IF(required_approvals = 0, IF(execute_on IS NULL, 'posted', 'scheduled'), 'pending')`;

export interface OperationTimes {
  id: string;
  accountId: string | null;
  status: StoredStatus;
  /** The status that it began with. */
  firstStatus: StoredStatus;
  createdAt: Date;
  /** The time of the request while the operation waits. */
  decidedAt: Date;
}

export function readOperationTimes(operationIds: readonly string[]): Query<OperationTimes[]> {
  return select(
    sql`SELECT id, account_id AS accountId, status, ${FIRST_STATUS} AS firstStatus, created_at AS createdAt, decided_at AS decidedAt
     FROM operations WHERE id IN (${uuids(operationIds)})`,
  );
}
