import { parseMoney } from '@guichet/money';
import type { Query } from '../../clients/call.ts';
import type { PageContext } from '../../request-context.ts';
import { type OpenList, openList } from '../lists/open-list.ts';
import { TABS, type Tab } from './choices.ts';

const DAY_MS = 86_400_000;

/** What an agent chose to see in the inbox. It travels in addresses, so that the list, a request and the next one agree. */
export interface InboxList extends OpenList<'inbox'> {
  tab: Tab;
  /** Catalog keys under `errors`, by filter. */
  errors: Record<string, string>;
  /** For accounts. */
  query: Query;
}

/** The inbox as the address describes it, on any page that leads back to it. */
export function openInbox(ctx: PageContext, now = new Date()): InboxList {
  const list = openList(ctx, 'inbox', '/inbox');
  const { type, currency, age, order = 'oldest', q } = list.values;
  const tab = TABS.find((one) => one === list.values.tab) ?? 'mine';
  const errors: Record<string, string> = {};
  const amount = (name: 'min' | 'max'): string | undefined => {
    const typed = list.values[name];
    if (typed === undefined) return undefined;
    const minor = parseMoney(typed, currency ?? 'EUR');
    if (minor !== null) return String(minor);
    errors[name] = 'amount_unclear';
    return undefined;
  };
  return {
    ...list,
    tab,
    errors,
    query: {
      tab: tab === 'registrations' ? undefined : tab,
      type,
      currency,
      min_amount: amount('min'),
      max_amount: amount('max'),
      to: age === undefined ? undefined : new Date(now.getTime() - Number(age) * DAY_MS).toISOString(),
      q,
      order,
    },
  };
}

/** The list that a page outside the inbox was opened from, for its links. */
export function inboxContext(ctx: PageContext) {
  const { href } = openInbox(ctx);
  return {
    back: href(),
    action: (path: string) => href({}, path),
    skip: href({}, '/inbox/next', { after: ctx.params.id }),
  };
}
