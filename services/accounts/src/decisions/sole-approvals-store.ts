import {
  constant,
  identifier,
  type Query,
  type Read,
  select,
  sql,
  table,
  uuidColumn,
  uuids,
} from '@guichet/database';
import { CURRENCIES } from '@guichet/money';
import { houseAccount } from '../accounts/account.ts';
import type { DaySum } from '../day-sum.ts';

interface SoleApproval extends DaySum {
  accountId: string;
  agentId: string;
}

const soleApprovals = table<SoleApproval>('sole_approvals', {
  accountId: uuidColumn('account_id'),
  agentId: uuidColumn('agent_id'),
  dayStart: 'day_start',
  amountMinor: 'amount',
});

/** The key of the sum of an agent's sole approvals for an account. */
export function soleKey(accountId: string, agentId: string): string {
  return `${accountId} ${agentId}`;
}

/**
 * The sums of these agents for the accounts of these operations. They are exact only if the accounts were locked before. The query finds the accounts
 * itself, so that it can be sent together with the one that locks them.
 */
export function findSoleApprovals(
  operationIds: Iterable<string>,
  agentIds: Iterable<string>,
): Read<Map<string, DaySum>> {
  const wanted = [...new Set(operationIds)];
  if (wanted.length === 0) return constant(new Map());
  const named = (column: string) =>
    sql`SELECT ${identifier(column)} AS id FROM operations WHERE id IN (${uuids(wanted)}) AND ${identifier(column)} IS NOT NULL`;
  return select(
    sql`SELECT STRAIGHT_JOIN ${soleApprovals.columns}
     FROM (${named('account_id')} UNION ${named('to_account_id')}) AS named
     JOIN sole_approvals FORCE INDEX (PRIMARY) ON sole_approvals.account_id = named.id AND sole_approvals.agent_id IN (${uuids([...new Set(agentIds)])})`,
    (rows: SoleApproval[]) =>
      new Map(rows.map(({ accountId, agentId, ...sum }) => [soleKey(accountId, agentId), sum])),
  );
}

/** The sums of these agents for files. They are exact only if the agents’ rows were locked before. */
export function findSoleApprovalsOfFiles(agentIds: Iterable<string>): Read<Map<string, DaySum>> {
  const wanted = [...new Set(agentIds)];
  if (wanted.length === 0) return constant(new Map());
  const files = Object.keys(CURRENCIES).map(houseAccount.settlement);
  return soleApprovals
    .select(sql`account_id IN (${uuids(files)}) AND agent_id IN (${uuids(wanted)})`)
    .map((rows) => new Map(rows.map(({ accountId, agentId, ...sum }) => [soleKey(accountId, agentId), sum])));
}

export function writeSoleApprovals(sums: ReadonlyMap<string, DaySum>): Query<void> {
  const rows = [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
  return soleApprovals.upsert(
    rows.map(([key, sum]) => {
      const [accountId = '', agentId = ''] = key.split(' ');
      return { accountId, agentId, ...sum };
    }),
    ['accountId', 'agentId', 'dayStart', 'amountMinor'],
    sql`day_start = VALUES(day_start), amount = VALUES(amount)`,
  );
}
