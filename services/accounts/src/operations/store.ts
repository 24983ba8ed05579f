import type { Period } from '@guichet/calendar';
import type { Database, Transaction } from '@guichet/database';
import type { Kind, Status } from './kinds.ts';
import type { Decision, Operation } from './operation.ts';

interface OperationRow {
  id: string;
  type: Kind;
  status: Status;
  amount: bigint | null;
  currency: string;
  account_id: string | null;
  from_account_id: string | null;
  to_account_id: string | null;
  held_account_id: string | null;
  to_name: string | null;
  to_iban: string | null;
  reference: string | null;
  reason: string | null;
  reverses_transfer_id: string | null;
  requester_id: string;
  requester_username: string;
  required_approvals: number;
  transfer_id: string | null;
  refusal: string | null;
  correlation_id: string | null;
  created_at: Date;
  expires_at: Date;
  decided_at: Date | null;
}

function toOperation(row: OperationRow): Operation {
  return {
    id: row.id,
    kind: row.type,
    status: row.status,
    amountMinor: row.amount,
    currency: row.currency,
    accountId: row.account_id,
    fromAccountId: row.from_account_id,
    toAccountId: row.to_account_id,
    heldAccountId: row.held_account_id,
    toName: row.to_name,
    toIban: row.to_iban,
    reference: row.reference,
    reason: row.reason,
    reversesTransferId: row.reverses_transfer_id,
    requesterId: row.requester_id,
    requesterUsername: row.requester_username,
    requiredApprovals: row.required_approvals,
    transferId: row.transfer_id,
    refusal: row.refusal,
    correlationId: row.correlation_id,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    decidedAt: row.decided_at,
  };
}

export async function insertOperations(trx: Transaction, operations: readonly Operation[]): Promise<void> {
  if (operations.length === 0) return;
  await trx('operations').insert(
    operations.map((one) => ({
      id: one.id,
      type: one.kind,
      status: one.status,
      amount: one.amountMinor === null ? null : String(one.amountMinor),
      currency: one.currency,
      account_id: one.accountId,
      from_account_id: one.fromAccountId,
      to_account_id: one.toAccountId,
      held_account_id: one.heldAccountId,
      to_name: one.toName,
      to_iban: one.toIban,
      reference: one.reference,
      reason: one.reason,
      reverses_transfer_id: one.reversesTransferId,
      requester_id: one.requesterId,
      requester_username: one.requesterUsername,
      required_approvals: one.requiredApprovals,
      correlation_id: one.correlationId,
      created_at: one.createdAt,
      expires_at: one.expiresAt,
    })),
  );
}

/** Locks the operations, in ascending order of id. */
export async function lockOperations(
  trx: Transaction,
  ids: Iterable<string>,
): Promise<Map<string, Operation>> {
  const sorted = [...new Set(ids)].sort();
  if (sorted.length === 0) return new Map();
  const rows: OperationRow[] = await trx('operations').whereIn('id', sorted).orderBy('id').forUpdate();
  return new Map(rows.map((row) => [row.id, toOperation(row)]));
}

/** Writes where locked operations came to, in one statement. */
export async function writeOutcomes(trx: Transaction, operations: readonly Operation[]): Promise<void> {
  if (operations.length === 0) return;
  const ids = operations.map(({ id }) => id);
  const whens = operations.map(() => 'WHEN ? THEN ?').join(' ');
  const cases = (value: (one: Operation) => string | null) =>
    operations.flatMap((one) => [one.id, value(one)]);
  const [now] = operations.flatMap((one) => one.decidedAt ?? []);
  await trx.raw(
    `UPDATE operations SET
       decided_at = CASE WHEN id IN (${ids.map(() => '?').join(', ')}) THEN ? ELSE decided_at END,
       status = CASE id ${whens} END,
       transfer_id = CASE id ${whens} END,
       refusal = CASE id ${whens} END
     WHERE id IN (${ids.map(() => '?').join(', ')})`,
    [
      ...operations.map((one) => (one.decidedAt === null ? '' : one.id)),
      now ?? null,
      ...cases((one) => one.status),
      ...cases((one) => one.transferId),
      ...cases((one) => one.refusal),
      ...ids,
    ] as string[],
  );
}

export async function insertDecisions(trx: Transaction, decisions: readonly Decision[]): Promise<void> {
  if (decisions.length === 0) return;
  await trx('decisions').insert(
    decisions.map((one) => ({
      operation_id: one.operationId,
      agent_id: one.agentId,
      agent_username: one.agentUsername,
      decision: one.decision,
      reason: one.reason,
      decided_at: one.decidedAt,
    })),
  );
}

/** The decisions on each of the operations, the first first. */
export async function findDecisions(
  db: Database | Transaction,
  operationIds: readonly string[],
): Promise<Map<string, Decision[]>> {
  const found = new Map<string, Decision[]>();
  if (operationIds.length === 0) return found;
  const rows: {
    operation_id: string;
    agent_id: string;
    agent_username: string;
    decision: Decision['decision'];
    reason: string | null;
    decided_at: Date;
  }[] = await db('decisions').whereIn('operation_id', operationIds).orderBy(['operation_id', 'decided_at']);
  for (const row of rows) {
    const list = found.get(row.operation_id) ?? [];
    list.push({
      operationId: row.operation_id,
      agentId: row.agent_id,
      agentUsername: row.agent_username,
      decision: row.decision,
      reason: row.reason,
      decidedAt: row.decided_at,
    });
    found.set(row.operation_id, list);
  }
  return found;
}

/** What withdrawals and external transfers asked of each account in a period, those refused or withdrawn left out. */
export async function sumAskedOf(
  trx: Transaction,
  accountIds: readonly string[],
  period: { from: Date; to: Date },
): Promise<Map<string, bigint>> {
  if (accountIds.length === 0) return new Map();
  const rows: { held_account_id: string; asked: string }[] = await trx('operations')
    .whereIn('held_account_id', accountIds)
    .whereIn('status', ['pending', 'approved', 'posted'])
    .whereIn('type', ['withdrawal', 'external_transfer'])
    .where('created_at', '>=', period.from)
    .where('created_at', '<', period.to)
    .groupBy('held_account_id')
    .select('held_account_id')
    .sum({ asked: 'amount' });
  return new Map(rows.map((row) => [row.held_account_id, BigInt(row.asked)]));
}

/** Which of the transfers a reversal waits for, or was posted for. */
export async function findReversed(trx: Transaction, transferIds: readonly string[]): Promise<Set<string>> {
  if (transferIds.length === 0) return new Set();
  const rows: { reverses_transfer_id: string }[] = await trx('operations')
    .whereIn('reverses_transfer_id', transferIds)
    .whereIn('status', ['pending', 'approved', 'posted'])
    .select('reverses_transfer_id');
  return new Set(rows.map((row) => row.reverses_transfer_id));
}

export async function hasWaitingOperations(trx: Transaction, requesterId: string): Promise<boolean> {
  const row = await trx('operations')
    .where('requester_id', requesterId)
    .whereIn('status', ['pending', 'approved'])
    .first('id');
  return row !== undefined;
}

/** Operations whose time is over, a few. */
export async function findOverdue(db: Database, now: Date, limit: number): Promise<string[]> {
  const rows: { id: string }[] = await db('operations')
    .whereIn('status', ['pending', 'approved'])
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(limit)
    .select('id');
  return rows.map(({ id }) => id);
}

export async function findOperation(db: Database, id: string): Promise<Operation | null> {
  const row: OperationRow | undefined = await db('operations').where('id', id).first();
  return row === undefined ? null : toOperation(row);
}

export interface OperationFilter {
  /** Id or username. */
  requester?: string | undefined;
  statuses?: readonly Status[] | undefined;
  kinds?: readonly Kind[] | undefined;
  accountId?: string | undefined;
  period: Period;
  beforeId?: string | undefined;
  limit: number;
}

/** A page of operations, newest first, with one more than `limit` where there are more. */
export async function listOperations(db: Database, filter: OperationFilter): Promise<Operation[]> {
  const query = db('operations')
    .orderBy('id', 'desc')
    .limit(filter.limit + 1);
  if (filter.requester !== undefined) {
    const column = filter.requester.length === 36 ? 'requester_id' : 'requester_username';
    query.where(column, filter.requester);
  }
  if (filter.statuses !== undefined) query.whereIn('status', filter.statuses);
  if (filter.kinds !== undefined) query.whereIn('type', filter.kinds);
  const { accountId } = filter;
  if (accountId !== undefined) {
    query.where((any) =>
      any
        .where('account_id', accountId)
        .orWhere('from_account_id', accountId)
        .orWhere('to_account_id', accountId),
    );
  }
  if (filter.period.from !== null) query.where('created_at', '>=', filter.period.from);
  if (filter.period.to !== null) query.where('created_at', '<', filter.period.to);
  if (filter.beforeId !== undefined) query.where('id', '<', filter.beforeId);
  const rows: OperationRow[] = await query;
  return rows.map(toOperation);
}

/** How many operations wait, and since when the oldest does. */
export async function measureWaitingOperations(
  db: Database,
): Promise<{ count: number; oldest: Date | null }> {
  const row: { n: bigint; oldest: Date | null } | undefined = await db('operations')
    .whereIn('status', ['pending', 'approved'])
    .first(db.raw('COUNT(*) AS n'), db.raw('MIN(created_at) AS oldest'));
  return { count: Number(row?.n ?? 0n), oldest: row?.oldest ?? null };
}
