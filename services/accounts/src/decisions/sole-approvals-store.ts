import { change, constant, type Statement, select } from '@guichet/database';
import type { DaySum } from '../day-sum.ts';

/** The key of the sum that one agent alone approved for one account. */
export function soleKey(accountId: string, agentId: string): string {
  return `${accountId} ${agentId}`;
}

/**
 * The sums of these agents on the accounts of these operations. They are exact only after the statement that locks the accounts. It finds the
 * accounts itself, so that both statements can be sent together.
 */
export function findSoleApprovals(
  operationIds: Iterable<string>,
  agentIds: Iterable<string>,
): Statement<Map<string, DaySum>> {
  const wanted = [...new Set(operationIds)];
  if (wanted.length === 0) return constant(new Map());
  const named = (column: string) =>
    `SELECT ${column} AS id FROM operations WHERE id IN (?) AND ${column} IS NOT NULL`;
  return select(
    `SELECT STRAIGHT_JOIN sole.account_id, sole.agent_id, sole.day_start, sole.amount
     FROM (${named('account_id')} UNION ${named('from_account_id')} UNION ${named('to_account_id')}) AS named
     JOIN sole_approvals sole ON sole.account_id = named.id AND sole.agent_id IN (?)`,
    [wanted, wanted, wanted, [...new Set(agentIds)]],
    (rows: { account_id: string; agent_id: string; day_start: Date; amount: bigint }[]) =>
      new Map(
        rows.map((row) => [
          soleKey(row.account_id, row.agent_id),
          { dayStart: row.day_start, amountMinor: row.amount },
        ]),
      ),
  );
}

export function writeSoleApprovals(sums: ReadonlyMap<string, DaySum>): Statement<void> {
  if (sums.size === 0) return constant(undefined);
  const rows = [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
  return change(
    `INSERT INTO sole_approvals (account_id, agent_id, day_start, amount) VALUES ${rows.map(() => '(?)').join(', ')}
     ON DUPLICATE KEY UPDATE day_start = VALUES(day_start), amount = VALUES(amount)`,
    rows.map(([key, { dayStart, amountMinor }]) => [...key.split(' '), dayStart, amountMinor]),
  );
}
