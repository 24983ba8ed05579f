import type { OperationKind, OperationStatus } from '@guichet/contract';
import { change, constant, firstIdOf, insertInto, type Statement, select } from '@guichet/database';
import { isWaiting } from './life.ts';
import type { Decision, Operation } from './operation.ts';

export interface OperationRow {
  id: string;
  type: OperationKind;
  status: OperationStatus;
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
  limit_operation: bigint | null;
  limit_day: bigint | null;
  requester_id: string;
  requester_username: string;
  required_approvals: number;
  transfer_id: string | null;
  refusal: string | null;
  correlation_id: string | null;
  created_at: Date;
  expires_at: Date;
  /** When it came to its status: the time of the request until it is final. */
  decided_at: Date | null;
}

export function toOperation(row: OperationRow): Operation {
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
    limits:
      row.type === 'set_limits' ? { operationMinor: row.limit_operation, dayMinor: row.limit_day } : null,
    requesterId: row.requester_id,
    requesterUsername: row.requester_username,
    requiredApprovals: row.required_approvals,
    transferId: row.transfer_id,
    refusal: row.refusal,
    correlationId: row.correlation_id,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    decidedAt: isWaiting(row.status) ? null : row.decided_at,
  };
}

/**
 * What a decision will fill in stands there from the beginning, as long as it will be: a row that grows makes the server rearrange its
 * page, which cost half of all that a decision wrote to the redo log.
 */
export function insertOperations(operations: readonly Operation[]): Statement<void> {
  return insertInto(
    'operations',
    [
      'id',
      'type',
      'status',
      'amount',
      'currency',
      'account_id',
      'from_account_id',
      'to_account_id',
      'held_account_id',
      'to_name',
      'to_iban',
      'reference',
      'reason',
      'reverses_transfer_id',
      'limit_operation',
      'limit_day',
      'requester_id',
      'requester_username',
      'required_approvals',
      'transfer_id',
      'correlation_id',
      'created_at',
      'expires_at',
      'decided_at',
    ],
    operations.map((one) => [
      one.id,
      one.kind,
      one.status,
      one.amountMinor,
      one.currency,
      one.accountId,
      one.fromAccountId,
      one.toAccountId,
      one.heldAccountId,
      one.toName,
      one.toIban,
      one.reference,
      one.reason,
      one.reversesTransferId,
      one.limits?.operationMinor ?? null,
      one.limits?.dayMinor ?? null,
      one.requesterId,
      one.requesterUsername,
      one.requiredApprovals,
      one.transferId,
      one.correlationId,
      one.createdAt,
      one.expiresAt,
      one.decidedAt ?? one.createdAt,
    ]),
  );
}

/** Locks the operations, in ascending order of id. */
export function lockOperations(ids: Iterable<string>): Statement<Map<string, Operation>> {
  const sorted = [...new Set(ids)].sort();
  if (sorted.length === 0) return constant(new Map());
  return select(
    'SELECT * FROM operations WHERE id IN (?) ORDER BY id FOR UPDATE',
    [sorted],
    (rows: OperationRow[]) => new Map(rows.map((row) => [row.id, toOperation(row)])),
  );
}

/** The status of each of the operations that exist. */
export function findStatuses(ids: readonly string[]): Statement<Map<string, OperationStatus>> {
  if (ids.length === 0) return constant(new Map());
  return select(
    'SELECT id, status FROM operations WHERE id IN (?)',
    [ids],
    (rows: { id: string; status: OperationStatus }[]) => new Map(rows.map((row) => [row.id, row.status])),
  );
}

/** Writes where locked operations came to, in one statement. */
export function writeOutcomes(operations: readonly Operation[]): Statement<void> {
  if (operations.length === 0) return constant(undefined);
  const rows = operations.map((one) => [
    one.id,
    one.status,
    one.transferId,
    one.refusal,
    one.decidedAt?.toISOString().slice(0, -1) ?? null,
    one.requiredApprovals,
  ]);
  return change(
    `UPDATE operations o JOIN JSON_TABLE(?, '$[*]' COLUMNS (
       id CHAR(36) PATH '$[0]', status VARCHAR(40) PATH '$[1]', transfer_id CHAR(36) PATH '$[2]',
       refusal VARCHAR(40) PATH '$[3]', decided_at DATETIME(3) PATH '$[4]',
       required_approvals INT PATH '$[5]'
     )) came ON o.id = CONVERT(came.id USING ascii) COLLATE ascii_bin
     SET o.status = came.status, o.transfer_id = came.transfer_id, o.refusal = came.refusal,
       o.decided_at = COALESCE(came.decided_at, o.decided_at), o.required_approvals = came.required_approvals`,
    [JSON.stringify(rows)],
  );
}

export function insertDecisions(decisions: readonly Decision[]): Statement<void> {
  return insertInto(
    'decisions',
    ['operation_id', 'agent_id', 'agent_username', 'decision', 'reason', 'decided_at'],
    decisions.map((one) => [
      one.operationId,
      one.agentId,
      one.agentUsername,
      one.decision,
      one.reason,
      one.decidedAt,
    ]),
  );
}

interface DecisionRow {
  operation_id: string;
  agent_id: string;
  agent_username: string;
  decision: Decision['decision'];
  reason: string | null;
  decided_at: Date;
}

/** The decisions on each of the operations, the first first. */
export function findDecisions(operationIds: Iterable<string>): Statement<Map<string, Decision[]>> {
  const wanted = [...new Set(operationIds)];
  if (wanted.length === 0) return constant(new Map());
  return select(
    'SELECT * FROM decisions WHERE operation_id IN (?) ORDER BY operation_id, decided_at',
    [wanted],
    (rows: DecisionRow[]) =>
      Map.groupBy(
        rows.map((row) => ({
          operationId: row.operation_id,
          agentId: row.agent_id,
          agentUsername: row.agent_username,
          decision: row.decision,
          reason: row.reason,
          decidedAt: row.decided_at,
        })),
        ({ operationId }) => operationId,
      ),
  );
}

/** The sum that operations of these kinds requested from each account in a period, without those that ended unposted. */
export function sumRequestedOf(
  kinds: readonly OperationKind[],
  accountIds: Iterable<string>,
  period: { from: Date; to: Date },
): Statement<Map<string, bigint>> {
  const wanted = [...new Set(accountIds)];
  if (wanted.length === 0) return constant(new Map());
  const requestedFrom = (account: string) =>
    `SELECT ${account} AS account_id, amount FROM operations WHERE ${account} IN (?) AND id >= ? AND type IN (?)
       AND status IN ('pending', 'approved', 'posted') AND created_at >= ? AND created_at < ?`;
  const values = [wanted, firstIdOf(period.from), kinds, period.from, period.to];
  return select(
    `SELECT account_id, SUM(amount) AS requested FROM (
       ${requestedFrom('account_id')} UNION ALL ${requestedFrom('from_account_id')}
     ) today GROUP BY account_id`,
    [...values, ...values],
    (rows: { account_id: string; requested: string }[]) =>
      new Map(rows.map((row) => [row.account_id, BigInt(row.requested)])),
  );
}

/** Which of the transfers a reversal waits for, or was posted for. */
export function findReversed(transferIds: readonly string[]): Statement<Set<string>> {
  if (transferIds.length === 0) return constant(new Set());
  return select(
    `SELECT reverses_transfer_id FROM operations
     WHERE reverses_transfer_id IN (?) AND status IN ('pending', 'approved', 'posted')`,
    [transferIds],
    (rows: { reverses_transfer_id: string }[]) => new Set(rows.map((row) => row.reverses_transfer_id)),
  );
}
