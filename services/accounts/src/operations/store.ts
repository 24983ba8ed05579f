import type { OperationKind, OperationStatus } from '@guichet/contract';
import {
  change,
  constant,
  firstIdOf,
  flag,
  identifier,
  type Query,
  select,
  sql,
  type TransactionQuery,
  table,
  uuid,
  uuidColumn,
  uuidHex,
  uuids,
} from '@guichet/database';
import { definitionOf } from './kinds/index.ts';
import { isWaiting } from './life.ts';
import type { Decision, Operation } from './operation.ts';

/** An operation as stored: `decidedAt` is the time of the request until the operation is final. */
type OperationRow = Omit<Operation, 'limits'> & {
  limitOperationMinor: bigint | null;
  limitDayMinor: bigint | null;
};

export const operations = table<OperationRow>('operations', {
  id: uuidColumn('id'),
  kind: 'type',
  status: 'status',
  amountMinor: 'amount',
  currency: 'currency',
  accountId: uuidColumn('account_id'),
  fromAccountId: uuidColumn('from_account_id'),
  toAccountId: uuidColumn('to_account_id'),
  heldAccountId: uuidColumn('held_account_id'),
  toName: 'to_name',
  toIban: 'to_iban',
  payeeCheck: 'payee_check',
  isPayeeCheckShown: flag('payee_check_shown'),
  reference: 'reference',
  reason: 'reason',
  reversesTransferId: uuidColumn('reverses_transfer_id'),
  limitOperationMinor: 'limit_operation',
  limitDayMinor: 'limit_day',
  requesterId: uuidColumn('requester_id'),
  requesterUsername: 'requester_username',
  requiredApprovals: 'required_approvals',
  transferId: uuidColumn('transfer_id'),
  refusal: 'refusal',
  correlationId: 'correlation_id',
  createdAt: 'created_at',
  expiresAt: 'expires_at',
  decidedAt: 'decided_at',
});

export function toOperation(row: OperationRow): Operation {
  const { limitOperationMinor, limitDayMinor, decidedAt, ...fields } = row;
  const limits = { operationMinor: limitOperationMinor, dayMinor: limitDayMinor };
  const definition = definitionOf(row);
  return {
    ...fields,
    limits: !definition.movesMoney && definition.setsLimits ? limits : null,
    decidedAt: isWaiting(row.status) ? null : decidedAt,
  };
}

/**
 * Fields that a decision fills in are stored from the beginning, in their final length: growing a row makes the server reorganize its page, which
 * caused half of what a decision wrote to the redo log.
 */
export function insertOperations(requested: readonly Operation[]): Query<void> {
  return operations.insert(
    requested.map(({ limits, ...fields }) => ({
      ...fields,
      limitOperationMinor: limits?.operationMinor ?? null,
      limitDayMinor: limits?.dayMinor ?? null,
      decidedAt: fields.decidedAt ?? fields.createdAt,
    })),
  );
}

/** Locks the operations, in ascending order of id. */
export function lockOperations(ids: Iterable<string>): TransactionQuery<Map<string, Operation>> {
  const sorted = [...new Set(ids)].sort();
  if (sorted.length === 0) return constant(new Map());
  return operations
    .lock(sql`id IN (${uuids(sorted)}) ORDER BY id`)
    .map((rows) => new Map(rows.map((row) => [row.id, toOperation(row)])));
}

/** The status of each operation that exists. */
export function findStatuses(ids: readonly string[]): Query<Map<string, OperationStatus>> {
  if (ids.length === 0) return constant(new Map());
  return select(
    sql`SELECT id, status FROM operations WHERE id IN (${uuids(ids)})`,
    (rows: { id: string; status: OperationStatus }[]) => new Map(rows.map((row) => [row.id, row.status])),
  );
}

/** Writes the outcomes of locked operations, in one statement. */
export function writeOutcomes(decided: readonly Operation[]): Query<unknown> {
  if (decided.length === 0) return constant(0);
  const rows = decided.map((one) => [
    uuidHex(one.id),
    one.status,
    one.refusal,
    one.decidedAt?.toISOString().slice(0, -1) ?? null,
    one.requiredApprovals,
  ]);
  return change(
    sql`UPDATE operations o JOIN JSON_TABLE(${JSON.stringify(rows)}, '$[*]' COLUMNS (
       id CHAR(32) PATH '$[0]', status VARCHAR(40) PATH '$[1]', refusal VARCHAR(40) PATH '$[2]',
       decided_at DATETIME(3) PATH '$[3]', required_approvals INT PATH '$[4]'
     )) decided ON o.id = UNHEX(decided.id)
     SET o.status = decided.status, o.refusal = decided.refusal,
       o.decided_at = COALESCE(decided.decided_at, o.decided_at), o.required_approvals = decided.required_approvals`,
  );
}

const decisions = table<Decision>('decisions', {
  operationId: uuidColumn('operation_id'),
  agentId: uuidColumn('agent_id'),
  agentUsername: 'agent_username',
  decision: 'decision',
  reason: 'reason',
  decidedAt: 'decided_at',
});

export function insertDecisions(made: readonly Decision[]): Query<void> {
  return decisions.insert(made);
}

/** The decisions on each of the operations, oldest first. */
export function findDecisions(operationIds: Iterable<string>): Query<Map<string, Decision[]>> {
  const wanted = [...new Set(operationIds)];
  if (wanted.length === 0) return constant(new Map());
  return decisions
    .select(sql`operation_id IN (${uuids(wanted)}) ORDER BY operation_id, decided_at`)
    .map((rows) => Map.groupBy(rows, ({ operationId }) => operationId));
}

/** The sum that operations of these kinds requested from each account in a period, without those that ended without being posted. */
export function sumRequestedOf(
  kinds: readonly OperationKind[],
  accountIds: Iterable<string>,
  period: { from: Date; to: Date },
): Query<Map<string, bigint>> {
  const wanted = [...new Set(accountIds)];
  if (wanted.length === 0) return constant(new Map());
  const requestedFrom = (account: string) =>
    sql`SELECT ${identifier(account)} AS account_id, amount FROM operations
       WHERE ${identifier(account)} IN (${uuids(wanted)}) AND id >= ${uuid(firstIdOf(period.from))} AND type IN (${kinds})
       AND status IN ('pending', 'approved', 'posted') AND created_at >= ${period.from} AND created_at < ${period.to}`;
  return select(
    sql`SELECT account_id AS accountId, SUM(amount) AS requested FROM (
       ${requestedFrom('account_id')} UNION ALL ${requestedFrom('from_account_id')}
     ) today GROUP BY account_id`,
    (rows: { accountId: string; requested: string }[]) =>
      new Map(rows.map(({ accountId, requested }) => [accountId, BigInt(requested)])),
  );
}

/** The requests of these kinds that wait for these accounts, by `waitingKey`. */
export function findWaitingFor(
  wanted: readonly { kind: OperationKind; accountId: string }[],
): Query<Set<string>> {
  if (wanted.length === 0) return constant(new Set());
  const kinds = [...new Set(wanted.map(({ kind }) => kind))];
  const accountIds = [...new Set(wanted.map(({ accountId }) => accountId))];
  return select(
    sql`SELECT type AS kind, account_id AS accountId FROM operations
     WHERE account_id IN (${uuids(accountIds)}) AND type IN (${kinds}) AND status IN ('pending', 'approved')`,
    (rows: { kind: OperationKind; accountId: string }[]) =>
      new Set(rows.map(({ kind, accountId }) => waitingKey(kind, accountId))),
  );
}

export const waitingKey = (kind: OperationKind, accountId: string): string => `${kind} ${accountId}`;

/** The transfers among these that have a pending or posted reversal. */
export function findReversed(transferIds: readonly string[]): Query<Set<string>> {
  if (transferIds.length === 0) return constant(new Set());
  return select(
    sql`SELECT reverses_transfer_id AS id FROM operations
     WHERE reverses_transfer_id IN (${uuids(transferIds)}) AND status IN ('pending', 'approved', 'posted')`,
    (rows: { id: string }[]) => new Set(rows.map(({ id }) => id)),
  );
}
