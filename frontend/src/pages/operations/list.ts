import type { Operation } from '@guichet/contract/accounts';
import type { PageContext } from '../../request-context.ts';
import { groupByDay } from '../group-by-day.ts';
import { openList } from '../lists/open-list.ts';
import { currentUser, render } from '../page.ts';
import { settle } from '../settle.ts';

const WAITING = 50;

/** The operations by day. A member's first page begins with the requests that wait. */
export async function showList(ctx: PageContext): Promise<void> {
  const list = openList(ctx, 'operations');
  const { values, cursor, limit } = list;
  const { accounts: client } = ctx.state.api;
  const isMember = currentUser(ctx).role === 'member';
  const isFirst = values.status === undefined && cursor === undefined;
  const load = (status: Operation['status']) =>
    isMember && isFirst
      ? settle(ctx, 'requests', client.operations({ ...values, status, limit: WAITING }))
      : null;
  const [page, accounts, approved, pending] = await Promise.all([
    client.operations({ limit, ...values, cursor }),
    isMember ? settle(ctx, 'accounts', client.list({ limit: 200 })) : null,
    load('approved'),
    load('pending'),
  ]);
  const waiting = [...(approved?.items ?? []), ...(pending?.items ?? [])].toSorted((a, b) =>
    b.created_at.localeCompare(a.created_at),
  );
  const shown = new Set(waiting.map(({ id }) => id));
  const others = page.items.filter(({ id }) => !shown.has(id));
  render(ctx, 'operations.njk', {
    waiting,
    days: groupByDay(others, (operation) => operation.created_at, ctx.state.views.calendar),
    accounts: accounts?.items ?? [],
    list,
    nextPage: list.nextHref(page.next),
  });
}
