import { type DecisionKind, OPERATION_KINDS } from '@guichet/contract';
import type { Inbox } from '@guichet/contract/accounts';
import { field } from '../form.ts';
import { idOrNull } from '../ids.ts';
import { redirectTo, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { AGES, CURRENCY_CODES, ORDERS, TABS, type Tab } from './choices.ts';
import { type InboxList, openInbox } from './inbox-list.ts';
import { loadInbox } from './load-inbox.ts';
import { nextInInbox } from './next-in-inbox.ts';
import { MOST_DECIDED, MOST_SELECTED, packIds } from './packed-ids.ts';
import { isNewAccount } from './rules.ts';

/** The agents' inbox: waiting requests in tabs, and the selection of those to decide. */
export function inboxPages() {
  const router = pageRouter();
  const isAgent = requireRole('agent');

  router.get('/inbox', isAgent, async (ctx) => {
    const list = openInbox(ctx);
    const { inbox, registrations, counts } = await loadInbox(ctx, list);
    const now = new Date();
    ctx.state.waiting = waitingIn(counts);
    render(ctx, 'inbox.njk', {
      list,
      tabs: TABS.map((tab) => ({
        tab,
        count: counts[tab],
        href: tabHref(list, tab),
        current: tab === list.tab,
      })),
      rows: (inbox?.items ?? []).map((item) => ({ ...item, isNewAccount: isNewAccount(item.facts, now) })),
      inbox,
      registrations,
      counts,
      action: (path: string) => list.href({}, path),
      operationHref: (id: string) => list.href({}, `/operations/${id}`),
      all: inbox === null ? null : everyMatch(list, inbox),
      nextPage: list.nextHref((inbox ?? registrations)?.next),
      types: OPERATION_KINDS,
      currencies: CURRENCY_CODES,
      ages: AGES,
      orders: ORDERS,
    });
  });

  router.post('/inbox/choose', isAgent, async (ctx) => {
    const list = openInbox(ctx);
    const ids = [...new Set(ctx.state.form.getAll('id'))].filter((id) => idOrNull(id) !== null);
    if (ids.length === 0 || ids.length > MOST_SELECTED) {
      const key = ids.length === 0 ? 'errors.choose_operations' : 'errors.too_many_chosen';
      return redirectTo(ctx, list.href(), { kind: 'refusal', key, values: { count: MOST_SELECTED } });
    }
    const decision = field(ctx, 'decision') === 'reject' ? 'reject' : 'approve';
    redirectTo(ctx, list.href({}, '/inbox/confirm', { decision, ids: packIds(ids) }));
  });

  router.get('/inbox/next', isAgent, async (ctx) => {
    const after = idOrNull(typeof ctx.query.after === 'string' ? ctx.query.after : null);
    redirectTo(ctx, await nextInInbox(ctx, after));
  });

  return router;
}

/** Links to decide all matching requests, if they are on several pages. */
function everyMatch({ href, tab, errors }: InboxList, { items, total }: Inbox) {
  if (tab !== 'mine' || total <= items.length || Object.keys(errors).length > 0) return null;
  const confirm = (decision: DecisionKind) => href({}, '/inbox/confirm', { decision, all: 'yes' });
  return { count: Math.min(total, MOST_DECIDED), approve: confirm('approve'), reject: confirm('reject') };
}

/** What the agent can decide, requests and registrations together. */
function waitingIn({ mine, registrations }: Record<'mine' | 'registrations', number | null>): number | null {
  return mine === null && registrations === null ? null : (mine ?? 0) + (registrations ?? 0);
}

/** Another tab, with the same search and order; registrations have no other filters. */
function tabHref({ href }: InboxList, tab: Tab): string {
  const others = { type: undefined, currency: undefined, min: undefined, max: undefined, age: undefined };
  return tab === 'registrations'
    ? href({ ...others, order: undefined, tab })
    : href({ tab: tab === 'mine' ? undefined : tab });
}
