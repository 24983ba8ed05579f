import type { Period } from '@guichet/calendar';
import type { OperationKind } from '@guichet/contract';
import { allOf, type Sql, sql, uuid } from '@guichet/database';
import { isOpen, type StoredStatus } from './life.ts';
import { findsInOperation, type TextSearch } from './search-store.ts';
import type { Viewer } from './views.ts';

export interface OperationFilter {
  /** An id or a username. */
  requester?: string | undefined;
  statuses?: readonly StoredStatus[] | undefined;
  kinds?: readonly OperationKind[] | undefined;
  accountId?: string | undefined;
  ids?: readonly string[] | undefined;
  minAmountMinor?: bigint | undefined;
  maxAmountMinor?: bigint | undefined;
  text?: string | undefined;
  /** Who searches: members do not search by the names of holders. */
  viewer: Viewer;
  period: Period;
  order: Order;
  /** The last id of the previous page. */
  afterId?: string | undefined;
  limit: number;
}

export const ORDERS = ['newest', 'oldest'] as const;
type Order = (typeof ORDERS)[number];

/** An index, or one of several, along which operations are read in the order of the page. */
export interface Path {
  /** More than one if the shorter one depends on the values; the server then chooses. */
  indexes: readonly string[];
  where?: Sql | undefined;
  /** Whether every operation along it has the wanted text, or `where` looks for it. */
  hasText?: boolean;
}

/** Whether another filter leaves few operations, among which a text is found quickly. */
export function isNarrow(
  { accountId, statuses, ids }: OperationFilter,
  requesterIds: string[] | null,
): boolean {
  return ids !== undefined || requesterIds !== null || accountId !== undefined || areOpen(statuses);
}

function areOpen(statuses: OperationFilter['statuses']): boolean {
  return statuses?.every(isOpen) === true;
}

/** All operations of the users and accounts that a text means, and those of the newest that have it in themselves. */
export function pathsOfSearch({ parties, oldest }: TextSearch, text: string): Path[] {
  const among = {
    indexes: ['PRIMARY'],
    where: oldest === null ? undefined : sql`operations.id >= ${uuid(oldest.id)}`,
  };
  if (parties === null) return [among];
  return [
    { ...among, where: allOf(among.where, findsInOperation(text)), hasText: true },
    ...parties.people.map((id) => ({ ...alongRequester(id), hasText: true })),
    ...parties.accounts.flatMap((id) => alongAccount(id).map((path) => ({ ...path, hasText: true }))),
  ];
}

const alongRequester = (id: string): Path => ({
  indexes: ['operations_requester'],
  where: sql`requester_id = ${uuid(id)}`,
});

const alongAccount = (id: string): Path[] => [
  { indexes: ['operations_account'], where: sql`account_id = ${uuid(id)}` },
  { indexes: ['operations_to'], where: sql`to_account_id = ${uuid(id)}` },
];

/** The shortest path to the operations that a filter matches: by id, requester or account, otherwise by the rarest property. */
export function pathsTo(
  { accountId, statuses, kinds, ids }: OperationFilter,
  requesterIds: string[] | null,
): Path[] {
  if (ids !== undefined) return [{ indexes: ['PRIMARY'] }];
  if (requesterIds !== null) {
    // One user may have requested more operations than wait in the whole bank.
    const more = areOpen(statuses) ? ['operations_waiting'] : [];
    return requesterIds.map(alongRequester).map((path) => ({ ...path, indexes: [...path.indexes, ...more] }));
  }
  if (accountId !== undefined) return alongAccount(accountId);
  const byStatus = statuses?.map((one) => ({
    indexes: ['operations_waiting'],
    where: sql`operations.status = ${one}`,
  }));
  const byKind = kinds?.map((one) => ({
    indexes: ['operations_type'],
    where: sql`operations.type = ${one}`,
  }));
  // Most end as posted: if a kind and posted are wanted, the kind is the shorter path.
  if (byStatus !== undefined && (byKind === undefined || !statuses?.includes('posted'))) return byStatus;
  return byKind ?? [{ indexes: ['PRIMARY'] }];
}
