import {
  constant,
  type Database,
  type Query,
  queryOnce,
  type Read,
  select,
  sql,
  table,
  uuid,
  uuidColumn,
  uuids,
} from '@guichet/database';

/** An approved operation that waits for its day. */
export interface DueOperation {
  operationId: string;
  /** The bank's day on which it's tried next, as `2026-10-31`. */
  dueOn: string;
  /** The days on which it was tried and money was lacking. */
  attempts: number;
}

const dueOperations = table<DueOperation>('due_operations', {
  operationId: uuidColumn('operation_id'),
  dueOn: 'due_on',
  attempts: 'attempts',
});

export function findDueOperations(operationIds: readonly string[]): Read<Map<string, DueOperation>> {
  if (operationIds.length === 0) return constant(new Map());
  return dueOperations
    .select(sql`operation_id IN (${uuids(operationIds)})`)
    .map((rows) => new Map(rows.map((row) => [row.operationId, row])));
}

export function writeDueOperations(due: readonly DueOperation[]): Query<void> {
  return dueOperations.upsert(
    due,
    ['operationId', 'dueOn', 'attempts'],
    sql`due_on = VALUES(due_on), attempts = VALUES(attempts)`,
  );
}

export function deleteDueOperations(operationIds: readonly string[]): Query<unknown> {
  if (operationIds.length === 0) return constant(0);
  return dueOperations.delete(sql`operation_id IN (${uuids(operationIds)})`);
}

/** How many operations wait for their day, and how many of them, or of the payments of standing orders, were due on `through` or earlier. */
export async function countScheduled(
  db: Database,
  through: string,
): Promise<{ scheduled: number; due: number }> {
  const counts = select<{ scheduled: bigint; due: bigint }>(
    sql`SELECT (SELECT COUNT(*) FROM due_operations) AS scheduled,
      (SELECT COUNT(*) FROM due_operations WHERE due_on <= ${through})
        + (SELECT COUNT(*) FROM standing_orders WHERE state = 'active' AND next_on <= ${through}) AS due`,
  );
  const [row] = await queryOnce(db, counts);
  return { scheduled: Number(row?.scheduled ?? 0), due: Number(row?.due ?? 0) };
}

/** Operations that are due on `through` or earlier, at most `limit`, in order of their day and id, after one of them if it's given. */
export function listDue(
  db: Database,
  through: string,
  { after, limit }: { after: DueOperation | null; limit: number },
): Promise<DueOperation[]> {
  const follows =
    after === null
      ? sql`1 = 1`
      : sql`(due_on > ${after.dueOn} OR (due_on = ${after.dueOn} AND operation_id > ${uuid(after.operationId)}))`;
  return queryOnce(
    db,
    dueOperations.select(
      sql`due_on <= ${through} AND ${follows} ORDER BY due_on, operation_id LIMIT ${limit}`,
    ),
  );
}
