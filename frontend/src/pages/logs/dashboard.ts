import { LOG_LEVELS } from '@guichet/contract';
import type { LogBucket } from '@guichet/contract/logging';
import type { PageContext } from '../../request-context.ts';
import { openList } from '../lists/open-list.ts';
import { render } from '../page.ts';
import { type Bar, barsOf, chooseBucket, drawBars } from './chart.ts';
import { chipsOf, nameOfActor, periodChoice } from './chips.ts';
import { filtersOfLog } from './log-filters.ts';
import { shownPeriod } from './periods.ts';

/** A group of entries, and the address of its list. */
interface CountRow {
  name: string;
  count: number;
  href: string;
}

/** The agents whose decisions are listed. */
const AGENTS_MAX = 12;
const ADDRESSES_MAX = 50;

/** The charts of the log for the staff. Every number is that of a list with the same filters, in the same period. */
export async function showDashboard(ctx: PageContext, choices: Record<string, unknown>): Promise<void> {
  const list = openList(ctx, 'logs');
  const { api, views } = ctx.state;
  const now = new Date();
  const period = shownPeriod(list.values, views.calendar, now);
  const bucket = chooseBucket(period);
  const times = { from: period.from?.toISOString(), to: period.to.toISOString() };
  const query = { ...filtersOfLog(list, views.calendar, now), ...times, bucket };
  const [stats, decided, failed] = await Promise.all(
    (['outcome', 'decision', 'address'] as const).map((group) => api.logging.stats({ ...query, group })),
  );
  const entriesHref = (more: Parameters<typeof list.href>[0] = {}): string =>
    list.href({ period: undefined, ...times, ...more }, '/logs');
  const rows = (counts: Record<string, number>, hrefOf: (name: string) => string): CountRow[] =>
    Object.entries(counts)
      .map(([name, count]) => ({ name, count, href: hrefOf(name) }))
      .sort((a, b) => b.count - a.count);
  const groups = (of: typeof stats) =>
    Object.fromEntries((of?.groups ?? []).map((one) => [one.key, one.count]));
  const { bars, step } = barsOf(stats?.series ?? [], bucket, period, views.calendar);
  const { ticks, drawn } = drawBars(bars);
  const addresses = rows(groups(failed), (address) => entriesHref({ address }));
  render(ctx, 'logs-dashboard.njk', {
    ...choices,
    list,
    chips: await chipsOf(ctx, list),
    period: periodChoice(ctx, list, '30d'),
    filtered: Object.keys(list.values).some((name) => !['from', 'to', 'period'].includes(name)),
    bucket,
    step,
    stats,
    entriesHref,
    zoomOutHref: zoomOut(list.href, period, now),
    ticks,
    bars: bars.map((bar, index) => ({
      ...bar,
      label: labelOf(ctx, bar, bucket, step),
      segments: drawn[index],
      href: entriesHref({ from: bar.from, to: bar.to }),
      zoomHref: list.href({ from: bar.from, to: bar.to, period: undefined }),
    })),
    levels: LOG_LEVELS.map((name) => ({
      name,
      count: stats?.by_level[name] ?? 0,
      href: entriesHref({ level: name }),
    })),
    byAction: rows(stats?.by_action ?? {}, (type_action) => entriesHref({ type_action })),
    byService: rows(stats?.by_service ?? {}, (service) => entriesHref({ service })),
    byOutcome: rows(groups(stats), (outcome) => entriesHref({ outcome })),
    byAddress: addresses.slice(0, ADDRESSES_MAX),
    moreAddresses: Math.max(0, addresses.length - ADDRESSES_MAX),
    decisions: await decisionsOf(ctx, decided?.groups ?? [], bars, entriesHref),
  });
}

/** The decisions of the agents with the most, in all and per bar; `more` is how many agents are left out. */
async function decisionsOf(
  ctx: PageContext,
  groups: readonly { key: string; count: number }[],
  bars: readonly Bar[],
  hrefWith: (more: Record<string, string>) => string,
) {
  const startsMs = bars.map(({ from }) => Date.parse(from));
  const byAgent = new Map<string, { count: number; perBar: Map<number, number> }>();
  for (const { key, count } of groups) {
    const [id = '', start = ''] = key.split(' ');
    const agent = byAgent.get(id) ?? { count: 0, perBar: new Map<number, number>() };
    byAgent.set(id, agent);
    agent.count += count;
    // The first bar begins within its bucket if the period does.
    const bar = Math.max(
      0,
      startsMs.findLastIndex((startMs) => startMs <= Date.parse(start)),
    );
    agent.perBar.set(bar, (agent.perBar.get(bar) ?? 0) + count);
  }
  const agents = [...byAgent].sort(([, a], [, b]) => b.count - a.count);
  const listed = await Promise.all(
    agents.slice(0, AGENTS_MAX).map(async ([id, { count, perBar }]) => {
      const filters = { decision: 'true', actor: id };
      return {
        name: await nameOfActor(ctx, id),
        count,
        href: hrefWith(filters),
        perBar: [...perBar]
          .sort(([a], [b]) => a - b)
          .map(([bar, decided]) => ({
            bar,
            count: decided,
            href: hrefWith({ ...filters, from: bars[bar]?.from ?? '', to: bars[bar]?.to ?? '' }),
          })),
      };
    }),
  );
  return { agents: listed, more: Math.max(0, agents.length - AGENTS_MAX) };
}

/** The times of a bar, in the bank's zone. */
export function labelOf(ctx: PageContext, bar: Bar, bucket: LogBucket, step: number): string {
  const { date, dateTime } = ctx.state.views.formatsOf(ctx.state.locale);
  if (bucket !== 'day') return dateTime(bar.from);
  return step === 1 ? date(bar.from) : `${date(bar.from)} – ${date(new Date(Date.parse(bar.to) - 1))}`;
}

/** The address of three times the period around it; null where it has no beginning. */
function zoomOut(
  href: (changes: Record<string, string | undefined>) => string,
  { from, to }: { from: Date | null; to: Date },
  now: Date,
): string | null {
  if (from === null) return null;
  const lengthMs = to.getTime() - from.getTime();
  const wider = {
    from: new Date(Math.max(0, from.getTime() - lengthMs)).toISOString(),
    to: to < now ? new Date(Math.min(now.getTime(), to.getTime() + lengthMs)).toISOString() : undefined,
  };
  return href({ ...wider, period: undefined });
}
