import { type Calendar, isBusinessDay, nextBusinessDay } from '@guichet/calendar';
import type { MailData } from '@guichet/contract/events';
import { toJsonMinor } from '@guichet/money';
import type { DigestLimits, WaitingGroup } from './store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** The day whose digest is due: a business day, from `at` (`08:00`, the bank's time) until its end. Null if none is. */
export function dueDay(calendar: Calendar, now: Date, at: string): string | null {
  const day = calendar.dateOf(now);
  return isBusinessDay(day) && calendar.timeOf(now) >= at ? day : null;
}

/** A request is old after a day. It expires soon if it does before the end of the next business day, so that a digest before a weekend names it. */
export function digestLimits(calendar: Calendar, now: Date, day: string): DigestLimits & { by: string } {
  const by = nextBusinessDay(day);
  return {
    requestedBefore: new Date(now.getTime() - DAY_MS),
    expiresBefore: calendar.period({ to: by }).to as Date,
    by,
  };
}

/** The requests that one agent can decide: all that wait, without those that they made or approved first. Null if there are none. */
export function digestFor(
  waiting: readonly WaitingGroup[],
  taken: readonly WaitingGroup[],
  { day, by, registrations }: { day: string; by: string; registrations: number },
): MailData<'agent_digest'> | null {
  const left = waiting.map((group) => {
    const own = taken.filter(({ kind, currency }) => kind === group.kind && currency === group.currency);
    const sum = (field: 'count' | 'old' | 'expiring') =>
      own.reduce((rest, one) => rest - one[field], group[field]);
    const amountMinor = own.reduce((rest, one) => rest - one.amountMinor, group.amountMinor);
    return { ...group, count: sum('count'), old: sum('old'), expiring: sum('expiring'), amountMinor };
  });
  const total = (field: 'count' | 'old' | 'expiring') => left.reduce((sum, one) => sum + one[field], 0);
  if (total('count') === 0 && registrations === 0) return null;
  const count = [...Map.groupBy(left, ({ kind }) => kind)].map(([type, groups]) => ({
    type,
    count: groups.reduce((sum, one) => sum + one.count, 0),
  }));
  const amounts = [...Map.groupBy(left, ({ currency }) => currency)].map(([currency, groups]) => ({
    currency,
    amount: toJsonMinor(groups.reduce((sum, one) => sum + one.amountMinor, 0n)),
  }));
  return {
    date: day,
    operations: count.filter((one) => one.count > 0).sort((a, b) => b.count - a.count),
    amounts: amounts.filter((one) => one.amount > 0).sort((a, b) => a.currency.localeCompare(b.currency)),
    older_than_a_day: total('old'),
    expiring: { count: total('expiring'), by },
    registrations,
  };
}
