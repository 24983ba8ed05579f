import type { OperationKind } from '@guichet/contract';
import { type Query, select, sql, table } from '@guichet/database';

const digests = table<{ day: string; sentAt: Date }>('digests', { day: 'day', sentAt: 'sent_at' });

/** Which waiting operations count as old, and which expire soon. */
export interface DigestLimits {
  requestedBefore: Date;
  expiresBefore: Date;
}

/** The waiting operations of one kind in one currency. */
export interface WaitingGroup {
  kind: OperationKind;
  currency: string;
  count: number;
  amountMinor: bigint;
  old: number;
  expiring: number;
}

interface StoredGroup {
  kind: OperationKind;
  currency: string;
  count: bigint;
  amount: string;
  old: string;
  expiring: string;
}

const toGroup = <Row extends StoredGroup>({ count, amount, old, expiring, ...row }: Row) => ({
  ...row,
  count: Number(count),
  amountMinor: BigInt(amount),
  old: Number(old),
  expiring: Number(expiring),
});

const sums = ({ requestedBefore, expiresBefore }: DigestLimits) =>
  sql`COUNT(*) AS count, COALESCE(SUM(amount), 0) AS amount, SUM(created_at < ${requestedBefore}) AS old,
    SUM(expires_at < ${expiresBefore}) AS expiring`;

/** Everything that waits, by any requester. */
export function sumWaitingByKind(limits: DigestLimits): Query<WaitingGroup[]> {
  return select(
    sql`SELECT type AS kind, currency, ${sums(limits)} FROM operations FORCE INDEX (operations_waiting)
      WHERE status IN ('pending', 'approved') GROUP BY type, currency`,
    (rows: StoredGroup[]) => rows.map(toGroup),
  );
}

/** The requests that wait for another agent: those that an agent made, or was the first to approve. */
export function sumTakenByAgents(limits: DigestLimits): Query<(WaitingGroup & { agentId: string })[]> {
  const fields = sql`operations.type AS kind, operations.currency, operations.amount, operations.created_at, operations.expires_at`;
  return select(
    sql`SELECT agentId, kind, currency, ${sums(limits)} FROM (
        SELECT people.id AS agentId, ${fields} FROM operations FORCE INDEX (operations_waiting)
        JOIN people ON people.id = operations.requester_id AND people.role = 'agent'
        WHERE operations.status IN ('pending', 'approved')
        UNION ALL
        SELECT decisions.agent_id AS agentId, ${fields} FROM operations FORCE INDEX (operations_waiting)
        JOIN decisions ON decisions.operation_id = operations.id
        WHERE operations.status = 'approved' AND operations.requester_id <> decisions.agent_id
      ) AS taken GROUP BY agentId, kind, currency`,
    (rows: (StoredGroup & { agentId: string })[]) => rows.map(toGroup),
  );
}

/** The registrations that wait for an agent. */
export function countRegistrations(): Query<number> {
  return select(
    sql`SELECT COUNT(*) AS count FROM people WHERE role = 'member' AND status = 'pending'`,
    ([row]: { count: bigint }[]) => Number(row?.count ?? 0),
  );
}

export function listActiveAgents(): Query<string[]> {
  return select(
    sql`SELECT id FROM people WHERE role = 'agent' AND status = 'active' ORDER BY id`,
    (rows: { id: string }[]) => rows.map(({ id }) => id),
  );
}

/** Whether the digest of a day was sent. */
export function digestWasSent(day: string): Query<boolean> {
  return digests.find(sql`day = ${day}`).map((found) => found !== null);
}

/**
 * Notes that the digest of a day is sent in this transaction; while another transaction has noted it, this waits for its end.
 * @throws a duplicate key error if another has noted it
 */
export function markDigestSent(day: string, sentAt: Date): Query<void> {
  return digests.insert([{ day, sentAt }]);
}
