import { ACCOUNT_TYPES, AccountCurrency } from '@guichet/contract';
import type { PageContext } from '../../request-context.ts';
import { finishForm, refuseForm } from '../drafts.ts';
import {
  choice,
  type FormProblem,
  type FormView,
  field,
  idempotencyKey,
  missingFields,
  openForm,
} from '../form.ts';
import { openList } from '../lists/open-list.ts';
import { asRefusal, currentUser, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';

/** The list of accounts (for an agent, everyone's) and the request for a new one. */
export function accountListPages() {
  const router = pageRouter();

  router.get('/accounts', requireRole('member', 'agent'), async (ctx) => {
    const list = openList(ctx, 'accounts');
    const { values, cursor, limit } = list;
    const isAgent = currentUser(ctx).role === 'agent';
    const page = await ctx.state.api.accounts.list({ limit: isAgent ? limit : 200, ...values, cursor });
    render(ctx, 'accounts.njk', { accounts: page.items, list, nextPage: list.nextHref(page.next) });
  });

  router.get('/accounts/new', requireRole('member'), (ctx) => {
    showForm(ctx, openForm(ctx, '/accounts/new', { type: 'current', currency: 'EUR' }));
  });

  router.post('/accounts/new', requireRole('member'), async (ctx) => {
    const type = choice(ctx, 'type', ACCOUNT_TYPES);
    const currency = choice(ctx, 'currency', AccountCurrency.options);
    const refuse = (problem: FormProblem) => refuseForm(ctx, problem, (form) => showForm(ctx, form));
    const errors = {
      ...(type === undefined ? { type: 'choose_one' } : {}),
      ...missingFields(ctx, 'name', 'type'),
    };
    if (type === undefined || Object.keys(errors).length > 0) return refuse({ errors });
    try {
      const operation = await ctx.state.api.accounts.openAccount(
        { name: field(ctx, 'name'), type, currency },
        idempotencyKey(ctx),
      );
      const notice = { kind: 'success', key: 'notices.account_requested' } as const;
      await finishForm(ctx, `/operations/${operation.id}`, notice);
    } catch (error) {
      await refuse({ refusal: asRefusal(error) });
    }
  });

  return router;
}

function showForm(ctx: PageContext, form: FormView): void {
  render(ctx, 'account-new.njk', { form });
}
