import type { OperationKind } from '@guichet/contract';
import {
  change,
  constant,
  firstIdOf,
  flag,
  identifier,
  join,
  NO_UUID,
  type Query,
  type Read,
  select,
  sql,
  type TransactionQuery,
  table,
  uuid,
  uuidColumn,
  uuids,
} from '@guichet/database';
import { definitionOf, takesHold } from './kinds/index.ts';
import { isOpen, type StoredStatus } from './life.ts';
import type { Decision, Operation } from './operation.ts';

/**
 * An operation as stored. `accountId` is the account of its kind's `accountField`; `approvedBy` is all zeros if there is none; `decidedAt` is the time
 * of the request until the operation is final.
 */
type OperationRow = Omit<
  Operation,
  'limits' | 'fromAccountId' | 'heldAccountId' | 'approvedBy' | 'decidedAt'
> & {
  approvedBy: string;
  decidedAt: Date;
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
  toAccountId: uuidColumn('to_account_id'),
  toName: 'to_name',
  toIban: 'to_iban',
  payeeCheck: 'payee_check',
  isPayeeCheckShown: flag('payee_check_shown'),
  reference: 'reference',
  reason: 'reason',
  reversesTransferId: uuidColumn('reverses_id'),
  limitOperationMinor: 'limit_operation',
  limitDayMinor: 'limit_day',
  executeOn: 'execute_on',
  requesterId: uuidColumn('requester_id'),
  requesterUsername: 'requester_username',
  requiredApprovals: 'required_approvals',
  approvedBy: uuidColumn('approved_by'),
  refusal: 'refusal',
  correlationId: 'correlation_id',
  createdAt: 'created_at',
  expiresAt: 'expires_at',
  decidedAt: 'decided_at',
});

export function toOperation(row: OperationRow): Operation {
  const { limitOperationMinor, limitDayMinor, decidedAt, approvedBy, accountId, ...fields } = row;
  const limits = { operationMinor: limitOperationMinor, dayMinor: limitDayMinor };
  const definition = definitionOf(row);
  return {
    ...fields,
    accountId: null,
    fromAccountId: null,
    [definition.accountField]: accountId,
    heldAccountId: takesHold(row) ? accountId : null,
    approvedBy: approvedBy === NO_UUID ? null : approvedBy,
    limits:
      !definition.movesMoney && definition.changes === 'account' && definition.setsLimits ? limits : null,
    decidedAt: isOpen(row.status) ? null : decidedAt,
  };
}

/**
 * Fields that a decision fills in are stored from the beginning, in their final length: growing a row makes the server reorganize its page, which
 * caused half of what a decision wrote to the redo log.
 */
export function insertOperations(requested: readonly Operation[]): Query<void> {
  return operations.insert(
    requested.map(({ limits, fromAccountId, heldAccountId: _, ...fields }) => ({
      ...fields,
      accountId: fields.accountId ?? fromAccountId,
      approvedBy: NO_UUID,
      limitOperationMinor: limits?.operationMinor ?? null,
      limitDayMinor: limits?.dayMinor ?? null,
      decidedAt: fields.decidedAt ?? fields.createdAt,
    })),
  );
}

/** Reads the committed operations, without a lock. */
export function readOperations(ids: readonly string[]): Read<Map<string, Operation>> {
  if (ids.length === 0) return constant(new Map());
  return operations
    .select(sql`id IN (${uuids(ids)})`)
    .map((rows) => new Map(rows.map((row) => [row.id, toOperation(row)])));
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
export function findStatuses(ids: readonly string[]): Query<Map<string, StoredStatus>> {
  if (ids.length === 0) return constant(new Map());
  return select(
    sql`SELECT id, status FROM operations WHERE id IN (${uuids(ids)})`,
    (rows: { id: string; status: StoredStatus }[]) => new Map(rows.map((row) => [row.id, row.status])),
  );
}

/** A user's operations in order, above an id. */
export function listRequestedBy(requesterId: string, afterId: string, limit: number): Query<string[]> {
  return select(
    sql`SELECT id FROM operations WHERE requester_id = ${uuid(requesterId)} AND id > ${uuid(afterId)}
     ORDER BY id LIMIT ${limit}`,
    (rows: { id: string }[]) => rows.map(({ id }) => id),
  );
}

const CAME_TO_NOTHING = ['rejected', 'cancelled', 'expired'];

/**
 * Erases the requester's name from operations, and from standing orders and those that came to nothing also what the requester wrote. What was posted
 * is a voucher of the ledger, which has the same texts.
 */
export function forgetRequester(operationIds: readonly string[], name: string): Query<unknown> {
  if (operationIds.length === 0) return constant(0);
  const kept = (column: string) =>
    sql`${identifier(column)} = IF(status IN (${CAME_TO_NOTHING}) OR type = 'standing_order', NULL, ${identifier(column)})`;
  return change(sql`UPDATE operations SET requester_username = ${name},
     ${join(['to_name', 'reference', 'reason'].map(kept), sql`, `)}
     WHERE id IN (${uuids(operationIds)})`);
}

/** Writes the outcomes of locked operations, in one statement for those that have the same outcome. */
export function writeOutcomes(decided: readonly Operation[]): Query<unknown>[] {
  const alike = Map.groupBy(decided, (one) =>
    [one.status, one.refusal, one.requiredApprovals, one.approvedBy, one.decidedAt?.getTime()].join(' '),
  );
  return [...alike.values()].map((group) => {
    const { status, refusal, requiredApprovals, approvedBy, decidedAt } = group[0] as Operation;
    return operations.update(
      {
        status,
        refusal,
        requiredApprovals,
        approvedBy: approvedBy ?? NO_UUID,
        decidedAt: decidedAt ?? undefined,
      },
      sql`id IN (${uuids(group.map(({ id }) => id))})`,
    );
  });
}

/** Without the agent's username, which is that of the user: so a deletion forgets it here too. */
const decisions = table<Omit<Decision, 'agentUsername'>>('decisions', {
  operationId: uuidColumn('operation_id'),
  agentId: uuidColumn('agent_id'),
  decision: 'decision',
  reason: 'reason',
  decidedAt: 'decided_at',
});

export function insertDecisions(made: readonly Decision[]): Query<void> {
  return decisions.insert(made);
}

/** The decisions on each of the operations, oldest first. */
export function findDecisions(operationIds: Iterable<string>): Read<Map<string, Decision[]>> {
  const wanted = [...new Set(operationIds)];
  if (wanted.length === 0) return constant(new Map());
  // A deleted user keeps the name in people; the id stands in for an agent who is missing there, because the decision was made all the same.
  return select(
    sql`SELECT ${decisions.columns}, people.username AS agentUsername FROM decisions
     LEFT JOIN people ON people.id = decisions.agent_id WHERE operation_id IN (${uuids(wanted)})
     UNION ALL
     SELECT operations.id, operations.approved_by, 'approve', NULL, operations.decided_at, people.username
     FROM operations LEFT JOIN people ON people.id = operations.approved_by
     WHERE operations.id IN (${uuids(wanted)}) AND operations.approved_by <> ${uuid(NO_UUID)}
     ORDER BY operationId, decidedAt`,
    (rows: (Omit<Decision, 'agentUsername'> & { agentUsername: string | null })[]) =>
      Map.groupBy(
        rows.map((row) => ({ ...row, agentUsername: row.agentUsername ?? row.agentId })),
        ({ operationId }) => operationId,
      ),
  );
}

/** The sum that operations of these kinds requested from each account in a period, without those that ended without being posted. */
export function sumRequestedOf(
  kinds: readonly OperationKind[],
  accountIds: Iterable<string>,
  period: { from: Date; to: Date },
): Query<Map<string, bigint>> {
  const wanted = [...new Set(accountIds)];
  if (wanted.length === 0) return constant(new Map());
  return select(
    sql`SELECT account_id AS accountId, SUM(amount) AS requested FROM operations
     WHERE account_id IN (${uuids(wanted)}) AND id >= ${uuid(firstIdOf(period.from))} AND type IN (${kinds})
     AND status IN ('pending', 'approved', 'scheduled', 'posted') AND created_at >= ${period.from} AND created_at < ${period.to}
     GROUP BY account_id`,
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
    sql`SELECT reverses_id AS id FROM operations
     WHERE reverses_id IN (${uuids(transferIds)}) AND status IN ('pending', 'approved', 'posted')`,
    (rows: { id: string }[]) => new Set(rows.map(({ id }) => id)),
  );
}
