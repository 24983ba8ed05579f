import type { Calendar } from '@guichet/calendar';
import { logOutcomeOf } from '@guichet/contract/events';
import type { LogBucket, LogGroup, LogStats } from '@guichet/contract/logging';
import { constant, type Query, queryOnce, type Transaction } from '@guichet/database';
import { problems } from '@guichet/errors';
import type { LogFilter } from '../entries/filter.ts';
import type { SequenceRange } from '../search/rules.ts';
import { sumActors } from './actor-counts-store.ts';
import { countActors, countAddresses, countGroups, type NamedSlot, sumGroups } from './group-counts-store.ts';
import {
  bucketsOf,
  type KindCount,
  type SlotCount,
  slotMinutes,
  splitPeriod,
  type TimeSpan,
  toSeries,
} from './rules.ts';

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
/** In more slots of time nothing is counted: the chart would take too long. */
const NAMED_SLOTS_MAX = 500_000;

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
  const { filter, ranges, group, bucket, calendar } = grouping;
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
    case 'address': {
      const { whole, filters } = splitGrouping(grouping);
      return mergeNames(named, (limit) => countAddresses(whole, { filters, ranges }, limit));
    }
    case 'decision': {
      const decisions = [...named, ...(await readDecisions(trx, grouping))];
      const bucketOf = bucketsOf(bucket, calendar);
      // Many agents decide in the same slot, and the calendar takes longer than all else.
      const starts = new Map<number, string>();
      const startOf = (slot: Date) => {
        const known = starts.get(slot.getTime());
        if (known !== undefined) return known;
        const start = bucketOf(slot).from.toISOString();
        starts.set(slot.getTime(), start);
        return start;
      };
      return add(
        decisions.map(({ name, slotStart, count }) => ({ key: `${name} ${startOf(slotStart)}`, count })),
      ).slice(0, DECISIONS_MAX);
    }
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

/** @throws Problem invalid_request if there are more than a chart can count */
async function readDecisions(trx: Transaction, grouping: Grouping): Promise<NamedSlot[]> {
  const named = await findDecisions(trx, grouping);
  if (named.length <= NAMED_SLOTS_MAX) return named;
  throw problems.invalid_request('Too many groups: choose a shorter period', {
    errors: [{ path: 'group', message: 'has too many groups in this period' }],
  });
}

async function findDecisions(trx: Transaction, grouping: Grouping): Promise<NamedSlot[]> {
  const { whole, filters } = splitGrouping(grouping);
  const options = { slotMinutes: slotMinutes(grouping.bucket), limit: NAMED_SLOTS_MAX + 1 };
  const named = whole === null ? [] : await queryOnce(trx, sumGroups('decision', whole, NAMED_SLOTS_MAX + 1));
  for (const filter of filters)
    named.push(...(await queryOnce(trx, countGroups('decision', filter, grouping.ranges, options))));
  return named;
}

/** The span whose stored counts can be used, and filters for the entries that have to be counted. */
function splitGrouping({ filter, ranges, bucket }: Grouping): {
  whole: TimeSpan | null;
  filters: readonly LogFilter[];
} {
  if (filter === null) return { whole: null, filters: [] };
  if (ranges !== null || !isPeriodOnly(filter) || bucket === 'minute')
    return { whole: null, filters: [filter] };
  const { whole, ends } = splitPeriod(filter);
  return { whole, filters: ends.map((end) => ({ ...filter, ...end })) };
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
