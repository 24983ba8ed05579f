import type { Calendar } from '@guichet/calendar';
import type { LogBucket, LogGroup, LogStats } from '@guichet/contract/logging';
import { type Database, queryOnce, type Transaction, transaction } from '@guichet/database';
import { problems } from '@guichet/errors';
import type { LogFilter } from '../entries/filter.ts';
import { sequencesOf } from '../entries/period-store.ts';
import { planSearch } from '../search/plan-search.ts';
import { SEQUENCE_MAX, type SequenceRange, termsOf } from '../search/rules.ts';
import { countFound, type FoundCounts } from './count-found.ts';
import { sumKinds, sumQuarters } from './counts-store.ts';
import { groupEntries } from './group-entries.ts';
import { type KindCount, type SlotCount, slotMinutes, splitPeriod, toSeries } from './rules.ts';
import { countKinds, countSlots } from './store.ts';

const SLOTS_MAX = 150_000;

/**
 * Counts the entries that match a filter, for the charts. All counts come from one snapshot, so that the totals and the
 * bars agree while entries arrive.
 * @throws Problem invalid_request if more buckets than any chart can show have entries
 */
export async function countEntries(
  db: Database,
  filter: LogFilter,
  {
    bucket,
    group,
    calendar,
    now,
  }: { bucket: LogBucket; group?: LogGroup | undefined; calendar: Calendar; now: Date },
): Promise<LogStats> {
  const { kinds, slots, groups } = await transaction(
    db,
    async (trx) => {
      const { stored, found } = await searchText(trx, filter, { slotMinutes: slotMinutes(bucket), group });
      const ranges = stored === null || isCounted(stored) ? null : await rangesOf(trx, stored);
      const kinds = [...found.kinds, ...(stored === null ? [] : await readKinds(trx, stored, ranges))];
      const slots = [
        ...found.slots,
        ...(stored === null ? [] : await readSlots(trx, stored, ranges, bucket)),
      ];
      slots.sort((a, b) => a.slotStart.getTime() - b.slotStart.getTime());
      const groups =
        group === undefined
          ? undefined
          : await groupEntries(
              trx,
              { filter: stored, ranges, group, bucket, calendar },
              { kinds, slots, named: found.named },
            );
      return { kinds, slots, groups };
    },
    { snapshot: true },
  );
  if (slots.length > SLOTS_MAX) {
    throw problems.invalid_request('Too many buckets: choose a shorter period or a longer bucket', {
      errors: [{ path: 'bucket', message: 'is too short for the period' }],
    });
  }
  const stats = { total: 0, by_level: { INFO: 0, WARNING: 0, ERROR: 0 }, by_action: {}, by_service: {} };
  for (const { level, action, service, count } of kinds) {
    stats.total += count;
    stats.by_level[level] += count;
    add(stats.by_action, action, count);
    add(stats.by_service, service, count);
  }
  const series = toSeries(slots, bucket, calendar, shownPeriod(filter, slots, now));
  return { ...stats, series, ...(groups === undefined ? {} : { groups }) };
}

/**
 * The entries with the filter's text: a filter without a text for those that have it by their action, and the counts of the others. The filter is null if there are
 * none.
 */
async function searchText(
  trx: Transaction,
  filter: LogFilter,
  options: { slotMinutes: number; group: LogGroup | undefined },
): Promise<{ stored: LogFilter | null; found: FoundCounts }> {
  const found: FoundCounts = { kinds: [], slots: [], named: [] };
  if (filter.text === null || termsOf(filter.text).length === 0)
    return { stored: { ...filter, text: null }, found };
  const [whole] = await rangesOf(trx, filter);
  if (whole === undefined) return { stored: null, found };
  const plan = await planSearch(trx, filter.text, { visibleTo: filter.visibleTo, whole });
  return {
    stored: plan.actions.length === 0 ? null : { ...filter, text: null, actions: plan.actions },
    found: await countFound(trx, filter, plan, { whole, ...options }),
  };
}

/** Whether log_counts has the counts for a filter: those of its kinds, but of no user, operation or request. */
function isCounted(filter: LogFilter): boolean {
  const { visibleTo, namedUser, concernedUser, actor, address, correlationId, traceId, operationId } = filter;
  const named = [visibleTo, namedUser, concernedUser, actor, address, correlationId, traceId, operationId];
  return !filter.isDecision && named.every((one) => one === null);
}

async function readKinds(
  trx: Transaction,
  filter: LogFilter,
  ranges: readonly SequenceRange[] | null,
): Promise<KindCount[]> {
  if (!isCounted(filter)) return queryOnce(trx, countKinds(filter, ranges));
  const { whole, ends } = splitPeriod(filter);
  const kinds = whole === null ? [] : await queryOnce(trx, sumKinds(filter, whole));
  for (const end of ends) kinds.push(...(await queryOnce(trx, countKinds({ ...filter, ...end }, null))));
  return kinds;
}

async function readSlots(
  trx: Transaction,
  filter: LogFilter,
  ranges: readonly SequenceRange[] | null,
  bucket: LogBucket,
): Promise<SlotCount[]> {
  const options = { slotMinutes: slotMinutes(bucket), limit: SLOTS_MAX + 1 };
  if (bucket === 'minute' || !isCounted(filter)) {
    return queryOnce(trx, countSlots(filter, ranges, options));
  }
  const { whole, ends } = splitPeriod(filter);
  const slots = whole === null ? [] : await queryOnce(trx, sumQuarters(filter, whole, SLOTS_MAX + 1));
  for (const end of ends)
    slots.push(...(await queryOnce(trx, countSlots({ ...filter, ...end }, null, options))));
  return slots;
}

function add(counts: Record<string, number>, key: string, count: number): void {
  counts[key] = (counts[key] ?? 0) + count;
}

/** The sequences of the period: a user's entries are found by them, and not by time. */
async function rangesOf(trx: Transaction, filter: LogFilter): Promise<SequenceRange[]> {
  const period = await sequencesOf(trx, filter);
  if (period === null) return [];
  const { first = 1n, last = SEQUENCE_MAX - 1n } = period;
  return [{ first, last }];
}

/** The period of the chart: the requested one, which ends now if it has no end; without a start, from the first entry to the last. */
function shownPeriod(
  filter: LogFilter,
  slots: readonly SlotCount[],
  now: Date,
): { first: Date; last: Date } | null {
  const first = filter.from ?? slots[0]?.slotStart;
  const lastSlot = slots.at(-1)?.slotStart;
  const open = filter.from === null ? lastSlot : new Date(Math.max(now.getTime(), lastSlot?.getTime() ?? 0));
  const last = filter.to === null ? open : new Date(filter.to.getTime() - 1);
  return first === undefined || last === undefined ? null : { first, last };
}
