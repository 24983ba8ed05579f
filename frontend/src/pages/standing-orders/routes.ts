import type { PageContext } from '../../request-context.ts';
import { idempotencyKey } from '../form.ts';
import { idParam } from '../ids.ts';
import { asRefusal, currentUser, redirectTo, refusalNotice, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { settle } from '../settle.ts';
import { choicesFor, isOver, nextPayments } from './rules.ts';

const LIST = '/standing-orders';
const PAYMENTS_SHOWN = 50;

/** The list of a customer's standing orders, and the page of each. They are requested with the form for transfers. */
export function standingOrderPages() {
  const router = pageRouter();

  router.get(LIST, requireRole('member'), async (ctx) => {
    const { items } = await ctx.state.api.accounts.standingOrders({ limit: 200 });
    render(ctx, 'standing-orders.njk', {
      current: items.filter((order) => !isOver(order)),
      past: items.filter(isOver),
    });
  });

  router.get(`${LIST}/:id`, requireRole('member', 'agent'), (ctx) => showOrder(ctx));

  router.get(`${LIST}/:id/end`, requireRole('member'), async (ctx) => {
    const order = await ctx.state.api.accounts.standingOrder(idParam(ctx));
    if (isOver(order)) return redirectTo(ctx, `${LIST}/${order.id}`);
    render(ctx, 'standing-order-end.njk', { order });
  });

  router.post(`${LIST}/:id/pause`, requireRole('member'), (ctx) =>
    change(ctx, 'paused', (id) => ctx.state.api.accounts.pauseStandingOrder(id, idempotencyKey(ctx))),
  );

  router.post(`${LIST}/:id/resume`, requireRole('member'), (ctx) =>
    change(ctx, 'resumed', (id) => ctx.state.api.accounts.resumeStandingOrder(id, idempotencyKey(ctx))),
  );

  router.post(`${LIST}/:id/end`, requireRole('member'), (ctx) =>
    change(ctx, 'ended', (id) => ctx.state.api.accounts.endStandingOrder(id)),
  );

  return router;
}

async function showOrder(ctx: PageContext): Promise<void> {
  const { accounts } = ctx.state.api;
  const { id, role } = currentUser(ctx);
  const order = await accounts.standingOrder(idParam(ctx));
  const [from, to, payments] = await Promise.all([
    settle(ctx, 'accounts', accounts.account(order.from_account_id)),
    order.to_account_id === null ? null : settle(ctx, 'accounts', accounts.account(order.to_account_id)),
    settle(ctx, 'requests', accounts.paymentsOf(order.id, { limit: PAYMENTS_SHOWN })),
  ]);
  render(ctx, 'standing-order.njk', {
    order,
    from,
    to,
    next: nextPayments(order),
    payments: payments?.items ?? null,
    may: order.requester.id === id && role === 'member' ? choicesFor(order) : {},
  });
}

async function change(
  ctx: PageContext,
  outcome: 'paused' | 'resumed' | 'ended',
  send: (id: string) => Promise<unknown>,
): Promise<void> {
  const path = `${LIST}/${idParam(ctx)}`;
  try {
    await send(idParam(ctx));
    redirectTo(ctx, path, { kind: 'success', key: `notices.standing_order_${outcome}` });
  } catch (error) {
    redirectTo(ctx, path, refusalNotice(asRefusal(error)));
  }
}
