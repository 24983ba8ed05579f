import { LOG_TOPICS } from '@guichet/contract/events';
import type { LogEntry } from '@guichet/contract/logging';
import type { PageContext } from '../../request-context.ts';
import { groupByDay } from '../group-by-day.ts';
import { openList } from '../lists/open-list.ts';
import { render } from '../page.ts';
import { canOpen } from './can-open.ts';
import { chipsOf, periodChoice } from './chips.ts';
import { describeEntry } from './describe-entry.ts';
import { filtersOfLog } from './log-filters.ts';

/** A member's own log, in sentences by day. */
export async function showActivity(ctx: PageContext): Promise<void> {
  const list = openList(ctx, 'logs');
  const filters = filtersOfLog(list, ctx.state.views.calendar);
  const page = await ctx.state.api.logging.entries({ limit: list.limit, ...filters, cursor: list.cursor });
  const mayOpen = await canOpen(ctx, page.items);
  const items = page.items.map((entry, index) => itemOf(ctx, entry, mayOpen[index] === true));
  render(ctx, 'activity.njk', {
    list,
    topics: LOG_TOPICS,
    chips: await chipsOf(ctx, list),
    period: periodChoice(ctx, list),
    days: groupByDay(items, ({ time }) => time, ctx.state.views.calendar),
    filtered: Object.keys(filters).length > 0,
    opened: list.values.topic !== undefined,
    nextPage: list.nextHref(page.next),
  });
}

function itemOf(ctx: PageContext, entry: LogEntry, mayOpen: boolean) {
  const { action, subject, time } = entry;
  const pages: Record<string, string> = { operation: '/operations', account: '/accounts' };
  const path = pages[subject?.type ?? ''];
  const { device, ip, reason, ...described } = describeEntry(ctx, entry);
  const { views, locale } = ctx.state;
  // The sentence about a sign-in names the device itself.
  const shown = [
    action === 'LOGIN' ? null : device,
    ip,
    reason === null ? null : views.t(locale, 'person.reason', reason, { reason }),
  ];
  return {
    ...described,
    time,
    facts: shown.filter((fact) => fact !== null),
    href: mayOpen && path !== undefined ? `${path}/${subject?.id}` : null,
  };
}
