import type { Period } from '@guichet/calendar';
import type { OperationKind } from '@guichet/contract';
import type { INBOX_ORDERS, InboxTab } from '@guichet/contract/accounts';
import { allOf, join, queryOnce, type Readable, type Sql, select, sql, uuid } from '@guichet/database';
import { CURRENCIES } from '@guichet/money';
import type { Operation } from '../operations/operation.ts';
import { findsOperation, SEARCHED_TABLES } from '../operations/search-store.ts';
import { operations, toOperation } from '../operations/store.ts';

export type InboxOrder = (typeof INBOX_ORDERS)[number];

/** Which of the waiting operations; everything but the agent and the period may be left out. */
export interface WaitingFilter {
  agentId: string;
  tab?: InboxTab | undefined;
  kinds?: readonly OperationKind[] | undefined;
  currency?: string | undefined;
  minAmountMinor?: bigint | undefined;
  maxAmountMinor?: bigint | undefined;
  period: Period;
  text?: string | undefined;
}

const WAITING = ['pending', 'approved'] as const;

/** Amounts of all currencies in one unit, so that 10 000 yen and 100.00 euros sort alike. */
const SIZE = sql`COALESCE(operations.amount, 0) * CASE operations.currency ${join(
  Object.entries(CURRENCIES).map(([code, digits]) => sql`WHEN ${code} THEN ${10 ** (2 - digits)}`),
  sql` `,
)} ELSE 1 END`;

/** A page of the waiting operations after one of them, with one more than `limit` if there are more. */
export async function listWaiting(
  db: Readable,
  filter: WaitingFilter,
  page: { order: InboxOrder; afterId: string | undefined; limit: number },
): Promise<Operation[]> {
  const rows = await queryOnce(db, select<Parameters<typeof toOperation>[0]>(pageOf(filter, page)));
  return rows.map((row) => toOperation(operations.read(row)));
}

function pageOf(
  filter: WaitingFilter,
  { order, afterId, limit }: { order: InboxOrder; afterId: string | undefined; limit: number },
): Sql {
  if (order === 'largest') {
    return sql`SELECT ${operations.columns} ${waitingWhere(filter, WAITING, isSmaller(afterId))}
      ORDER BY ${SIZE} DESC, operations.id LIMIT ${limit + 1}`;
  }
  // Each status is read along the index in the order of the page, so that a page costs the same however many wait.
  const inOrder =
    order === 'oldest'
      ? (id: Sql) => sql`ORDER BY ${id} LIMIT ${limit + 1}`
      : (id: Sql) => sql`ORDER BY ${id} DESC LIMIT ${limit + 1}`;
  const follows =
    afterId === undefined
      ? undefined
      : order === 'oldest'
        ? sql`operations.id > ${uuid(afterId)}`
        : sql`operations.id < ${uuid(afterId)}`;
  const paths = WAITING.map(
    (status) =>
      sql`(SELECT ${operations.columns} ${waitingWhere(filter, [status], follows)} ${inOrder(sql`operations.id`)})`,
  );
  return sql`SELECT * FROM (${join(paths, sql` UNION ALL `)}) AS page ${inOrder(sql`id`)}`;
}

/** What follows an operation in the order of size; it may have been decided meanwhile. */
function isSmaller(afterId: string | undefined): Sql | undefined {
  if (afterId === undefined) return undefined;
  const reached = sql`(SELECT ${SIZE} FROM operations WHERE operations.id = ${uuid(afterId)})`;
  return sql`${SIZE} < ${reached} OR (${SIZE} = ${reached} AND operations.id > ${uuid(afterId)})`;
}

function waitingWhere(filter: WaitingFilter, statuses: readonly string[], follows?: Sql): Sql {
  const { agentId, tab, kinds, currency, minAmountMinor, maxAmountMinor, period, text } = filter;
  const isTaken = sql`operations.requester_id = ${uuid(agentId)} OR (operations.status = 'approved' AND EXISTS (
    SELECT 1 FROM decisions WHERE decisions.operation_id = operations.id AND decisions.agent_id = ${uuid(agentId)}))`;
  const where = allOf(
    sql`operations.status IN (${statuses})`,
    tab === undefined ? undefined : tab === 'mine' ? sql`NOT (${isTaken})` : isTaken,
    kinds === undefined ? undefined : sql`operations.type IN (${kinds})`,
    currency === undefined ? undefined : sql`operations.currency = ${currency}`,
    minAmountMinor === undefined ? undefined : sql`operations.amount >= ${minAmountMinor}`,
    maxAmountMinor === undefined ? undefined : sql`operations.amount <= ${maxAmountMinor}`,
    period.from === null ? undefined : sql`operations.created_at >= ${period.from}`,
    period.to === null ? undefined : sql`operations.created_at < ${period.to}`,
    text === undefined ? undefined : findsOperation(text, 'agent'),
    follows,
  );
  return sql`FROM operations FORCE INDEX (operations_waiting) ${text === undefined ? sql`` : SEARCHED_TABLES} WHERE ${where}`;
}

/** The number and the sum of the waiting operations in each currency. */
export async function sumWaiting(
  db: Readable,
  filter: WaitingFilter,
): Promise<{ currency: string; count: number; amountMinor: bigint | null }[]> {
  const sums = select<{ currency: string; count: bigint; amount: string | null }>(
    sql`SELECT operations.currency, COUNT(*) AS count, SUM(operations.amount) AS amount ${waitingWhere(filter, WAITING)}
      GROUP BY operations.currency ORDER BY operations.currency`,
  );
  return (await queryOnce(db, sums)).map(({ currency, count, amount }) => ({
    currency,
    count: Number(count),
    amountMinor: amount === null ? null : BigInt(amount),
  }));
}

/** How many operations the agent can decide, and how many wait for another agent. Most are counted from an index alone. */
export async function countWaiting(
  db: Readable,
  agentId: string,
): Promise<{ mine: number; secondAgent: number }> {
  const counts = select<{ waiting: bigint; requested: bigint; approved: bigint }>(
    sql`SELECT (SELECT COUNT(*) FROM operations FORCE INDEX (operations_waiting) WHERE status IN (${WAITING})) AS waiting,
      (SELECT COUNT(*) FROM operations FORCE INDEX (operations_requester, operations_waiting)
       WHERE requester_id = ${uuid(agentId)} AND status IN (${WAITING})) AS requested,
      (SELECT COUNT(*) FROM operations FORCE INDEX (operations_waiting)
       JOIN decisions ON decisions.operation_id = operations.id AND decisions.agent_id = ${uuid(agentId)}
       WHERE operations.status = 'approved' AND operations.requester_id <> ${uuid(agentId)}) AS approved`,
  );
  const [row] = await queryOnce(db, counts);
  const secondAgent = Number(row?.requested ?? 0) + Number(row?.approved ?? 0);
  return { mine: Number(row?.waiting ?? 0) - secondAgent, secondAgent };
}
