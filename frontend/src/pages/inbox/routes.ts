import { OPERATION_KINDS } from '@guichet/contract';
import { nextHref } from '../filters.ts';
import { field } from '../form.ts';
import { idOrNull } from '../ids.ts';
import { redirectTo, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import {
  AGES,
  CURRENCY_CODES,
  type InboxList,
  keepSearch,
  listHref,
  ORDERS,
  readInboxList,
  TABS,
} from './inbox-list.ts';
import { loadInbox } from './load-inbox.ts';
import { nextInInbox } from './next-in-inbox.ts';
import { MOST_SELECTED, packIds } from './packed-ids.ts';
import { isNewAccount } from './rules.ts';

/** The agents' inbox: what waits, in tabs, and the selection of what to decide. */
export function inboxPages() {
  const router = pageRouter();
  const isAgent = requireRole('agent');

  router.get('/inbox', isAgent, async (ctx) => {
    const list = await readInboxList(ctx);
    const cursor = typeof ctx.query.cursor === 'string' ? ctx.query.cursor : undefined;
    const { inbox, registrations, counts } = await loadInbox(ctx, list, cursor);
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
      href: (changes: Record<string, string>) => listHref(list, changes),
      action: (path: string) => listHref(list, {}, path),
      operationHref: (id: string) => listHref(list, {}, `/operations/${id}`),
      nextPage: nextHref('/inbox', list.params, (inbox ?? registrations)?.next ?? null),
      isLaterPage: cursor !== undefined,
      types: OPERATION_KINDS,
      currencies: CURRENCY_CODES,
      ages: AGES,
      orders: ORDERS,
    });
  });

  router.post('/inbox/search', isAgent, async (ctx) => {
    const { params } = await readInboxList(ctx);
    const { search: _before, ...others } = params;
    const text = field(ctx, 'q').slice(0, 140);
    const search = text === '' ? undefined : await keepSearch(ctx, text);
    redirectTo(ctx, listHref({ params: others }, { search }));
  });

  router.post('/inbox/choose', isAgent, async (ctx) => {
    const list = await readInboxList(ctx);
    const ids = [...new Set(ctx.state.form.getAll('id'))].filter((id) => idOrNull(id) !== null);
    if (ids.length === 0 || ids.length > MOST_SELECTED) {
      const key = ids.length === 0 ? 'errors.choose_operations' : 'errors.too_many_chosen';
      return redirectTo(ctx, listHref(list), { kind: 'refusal', key, values: { count: MOST_SELECTED } });
    }
    const decision = field(ctx, 'decision') === 'reject' ? 'reject' : 'approve';
    redirectTo(ctx, listHref(list, { decision, ids: packIds(ids) }, '/inbox/confirm'));
  });

  router.get('/inbox/next', isAgent, async (ctx) => {
    const after = idOrNull(typeof ctx.query.after === 'string' ? ctx.query.after : null);
    redirectTo(ctx, await nextInInbox(ctx, after));
  });

  return router;
}

/** What the agent can decide, requests and registrations together. */
function waitingIn({ mine, registrations }: Record<'mine' | 'registrations', number | null>): number | null {
  return mine === null && registrations === null ? null : (mine ?? 0) + (registrations ?? 0);
}

/** Another tab, with the same search and order. */
function tabHref({ params }: InboxList, tab: string): string {
  return tab === 'registrations'
    ? listHref({ params: {} }, { tab, search: params.search })
    : listHref({ params }, { tab: tab === 'mine' ? undefined : tab });
}
