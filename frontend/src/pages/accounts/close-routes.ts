import type { PageContext } from '../../request-context.ts';
import { finishForm, refuseForm } from '../drafts.ts';
import { type FormView, idempotencyKey, openForm } from '../form.ts';
import { idParam } from '../ids.ts';
import { asRefusal, redirectTo, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { settle } from '../settle.ts';
import { closingOf } from './closing.ts';
import { loadRequests } from './load-requests.ts';
import { lastMonths } from './months.ts';

/** The request to close an account, after what must be done first. */
export function accountClosingPages() {
  const router = pageRouter();

  router.get('/accounts/:id/close', requireRole('member'), (ctx) => showClosing(ctx));

  router.post('/accounts/:id/close', requireRole('member'), async (ctx) => {
    const id = idParam(ctx);
    const notice = { kind: 'success', key: 'notices.closure_requested' } as const;
    try {
      const operation = await ctx.state.api.accounts.close(id, idempotencyKey(ctx));
      await finishForm(ctx, `/operations/${operation.id}`, notice);
    } catch (error) {
      // The page shows what has changed since it was opened.
      await refuseForm(ctx, { refusal: asRefusal(error) }, (form) => showClosing(ctx, form));
    }
  });

  return router;
}

async function showClosing(ctx: PageContext, form: FormView = openForm(ctx, ctx.path)): Promise<void> {
  const { accounts } = ctx.state.api;
  const account = await accounts.account(idParam(ctx));
  if (account.status !== 'open') {
    const refusal = { kind: 'refusal', key: 'refusals.account_not_open' } as const;
    return redirectTo(ctx, `/accounts/${account.id}`, refusal);
  }
  const [waiting, owned] = await Promise.all([
    loadRequests(ctx, account),
    settle(ctx, 'accounts', accounts.list({ status: 'open', limit: 200 })),
  ]);
  render(ctx, 'account-close.njk', {
    account,
    form,
    closing: closingOf(account, waiting, owned?.items ?? null),
    months: lastMonths(account.opened_at, ctx.state.views.calendar),
  });
}
