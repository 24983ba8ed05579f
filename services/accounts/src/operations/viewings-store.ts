import { type Query, sql, table, uuid, uuidColumn } from '@guichet/database';

export interface Viewing {
  operationId: string;
  agentId: string;
  viewedAt: Date;
}

const viewings = table<Viewing>('viewings', {
  operationId: uuidColumn('operation_id'),
  agentId: uuidColumn('agent_id'),
  viewedAt: 'viewed_at',
});

/** When it was last logged that the agent opened the operation; null if it never was. */
export function findViewedAt(operationId: string, agentId: string): Query<Date | null> {
  return viewings.find(isOf(operationId, agentId)).map((row) => row?.viewedAt ?? null);
}

/** Fails on a duplicate key if another request has stored it. */
export function insertViewing(viewing: Viewing): Query<void> {
  return viewings.insert([viewing]);
}

/** Changes a viewing that is from `before`. @returns 0 if another request has changed it */
export function moveViewing({ operationId, agentId, viewedAt }: Viewing, before: Date): Query<number> {
  return viewings.update({ viewedAt }, sql`${isOf(operationId, agentId)} AND viewed_at = ${before}`);
}

const isOf = (operationId: string, agentId: string) =>
  sql`operation_id = ${uuid(operationId)} AND agent_id = ${uuid(agentId)}`;
