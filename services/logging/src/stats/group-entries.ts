import type { Calendar } from '@guichet/calendar';
import { logOutcomeOf } from '@guichet/contract/events';
import type { LogBucket, LogGroup, LogStats } from '@guichet/contract/logging';
import { constant, type Query, queryOnce, type Transaction } from '@guichet/database';
import { problems } from '@guichet/errors';
import type { LogFilter } from '../entries/filter.ts';
import type { SequenceRange } from '../search/rules.ts';
import { sumActors } from './actor-counts-store.ts';
import { numberBuckets, startOf } from './bucket-numbers-store.ts';
import { type CountedEntries, countActors, countGroups } from './group-counts-store.ts';
import { bucketsOf, type KindCount, type NamedSlot, type SlotCount, splitPeriod, toSeries } from './rules.ts';

type Groups = NonNullable<LogStats['groups']>;

/** The groups that the entries of a filter are counted by; `ranges` are null if the filter names nothing but kinds and a period. Without a filter there are none. */
export interface Grouping {
  filter: LogFilter | null;
  ranges: readonly SequenceRange[] | null;
  group: LogGroup;
  bucket: LogBucket;
  calendar: Calendar;
}

/** A chart can't show more. */
const GROUPS_MAX = 1_000;
const DECISIONS_MAX = 20_000;
/** Of the counts that the database has added up, this many are merged with others. */
const MERGED_MAX = 100_000;

/** The counts of the groups, largest first; equal ones in the order of their keys. */
export async function groupEntries(
  trx: Transaction,
  grouping: Grouping,
  {
    kinds,
    slots,
    named,
  }: { kinds: readonly KindCount[]; slots: readonly SlotCount[]; named: readonly NamedSlot[] },
): Promise<Groups> {
  const { filter, ranges, group, calendar } = grouping;
  switch (group) {
    case 'actor':
      if (filter !== null && ranges === null)
        return sumActors(trx, filter, { kinds, found: named }, GROUPS_MAX);
      return mergeNames(named, (limit) =>
        filter === null ? constant<Groups>([]) : countActors(filter, ranges, limit),
      );
    case 'action':
    case 'service':
    case 'level':
      return add(kinds.map((kind) => ({ key: kind[group], count: kind.count })));
    case 'outcome':
      return add(kinds.map(({ action, count }) => ({ key: logOutcomeOf(action), count })));
    case 'hour':
      return add(
        toSeries(slots, 'hour', calendar, null).map(({ start, info, warning, error }) => ({
          key: start,
          count: info + warning + error,
        })),
      ).slice(0, GROUPS_MAX);
    case 'address':
      return mergeNames(named, (limit) =>
        countGroups('failed_sign_in', entriesOf(grouping), { numbers: null, limit }).map((sums) =>
          sums.map(({ name, count }) => ({ key: name, count })),
        ),
      );
    case 'decision':
      return countDecisions(trx, grouping, { slots, named });
  }

  /** The counts that the database adds up, and those of entries that were found one by one. */
  async function mergeNames(
    found: readonly NamedSlot[],
    count: (limit: number) => Query<Groups>,
  ): Promise<Groups> {
    const counted = await queryOnce(trx, count(found.length === 0 ? GROUPS_MAX : MERGED_MAX));
    if (found.length === 0) return counted;
    return add([...counted, ...found.map(({ name, count }) => ({ key: name, count }))]).slice(0, GROUPS_MAX);
  }
}

/** @throws Problem invalid_request if there are more groups than can be merged with those that a search has found */
async function countDecisions(
  trx: Transaction,
  grouping: Grouping,
  { slots, named }: { slots: readonly SlotCount[]; named: readonly NamedSlot[] },
): Promise<Groups> {
  if (slots.length === 0) return [];
  const { bucket, calendar } = grouping;
  const numbers = numberBuckets(bucket, calendar, slots);
  const limit = named.length === 0 ? DECISIONS_MAX : MERGED_MAX + 1;
  const sums = await queryOnce(trx, countGroups('decision', entriesOf(grouping), { numbers, limit }));
  if (sums.length > MERGED_MAX) {
    throw problems.invalid_request('Too many groups: choose a shorter period', {
      errors: [{ path: 'group', message: 'has too many groups in this period' }],
    });
  }
  const counted = sums.map(({ name, bucket, count }) => ({
    key: `${name} ${startOf(bucket, numbers).toISOString()}`,
    count,
  }));
  if (named.length === 0) return counted;
  const bucketOf = bucketsOf(bucket, calendar);
  const found = named.map(({ name, slotStart, count }) => ({
    key: `${name} ${bucketOf(slotStart).from.toISOString()}`,
    count,
  }));
  return add([...counted, ...found]).slice(0, DECISIONS_MAX);
}

function entriesOf({ filter, ranges, bucket }: Grouping): CountedEntries {
  if (filter === null) return { whole: null, filters: [], ranges };
  if (ranges !== null || !isPeriodOnly(filter) || bucket === 'minute')
    return { whole: null, filters: [filter], ranges };
  const { whole, ends } = splitPeriod(filter);
  return { whole, filters: ends.map((end) => ({ ...filter, ...end })), ranges };
}

/** Whether a filter without a user or the like names no kind either. */
function isPeriodOnly({ level, service, action, actions, family, topic, outcome }: LogFilter): boolean {
  return [level, service, action, actions, family, topic, outcome].every((one) => one === null);
}

function add(counts: readonly { key: string | null; count: number }[]): Groups {
  const sums = new Map<string, number>();
  for (const { key, count } of counts) if (key !== null) sums.set(key, (sums.get(key) ?? 0) + count);
  return [...sums]
    .map(([key, count]) => ({ key, count }))
    .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
}
