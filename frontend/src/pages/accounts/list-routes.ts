import { nextHref, readFilters } from '../filters.ts';
import { emptyForm, field, idempotencyKey, missingFields, refillForm } from '../form.ts';
import { asRefusal, currentUser, redirectTo, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';

/** The list of accounts (for an agent, everyone's) and the request for a new one. */
export function accountListPages() {
  const router = pageRouter();

  router.get('/accounts', requireRole('member', 'agent'), async (ctx) => {
    const filters = readFilters(ctx, 'q', 'status', 'owner', 'cursor');
    const isAgent = currentUser(ctx).role === 'agent';
    const page = await ctx.state.api.accounts.list({ limit: isAgent ? 50 : 200, ...filters });
    render(ctx, 'accounts.njk', {
      accounts: page.items,
      filters,
      nextPage: nextHref('/accounts', filters, page.next),
    });
  });

  router.get('/accounts/new', requireRole('member'), (ctx) => {
    render(ctx, 'account-new.njk', { form: emptyForm({ type: 'current', currency: 'EUR' }) });
  });

  router.post('/accounts/new', requireRole('member'), async (ctx) => {
    const errors = missingFields(ctx, 'name', 'type');
    if (Object.keys(errors).length > 0)
      return render(ctx, 'account-new.njk', { form: refillForm(ctx, { errors }) });
    const currency = field(ctx, 'currency');
    try {
      const operation = await ctx.state.api.accounts.openAccount(
        { name: field(ctx, 'name'), type: field(ctx, 'type'), ...(currency === '' ? {} : { currency }) },
        idempotencyKey(ctx),
      );
      redirectTo(ctx, `/operations/${operation.id}`, { kind: 'success', key: 'notices.account_requested' });
    } catch (error) {
      render(ctx, 'account-new.njk', { form: refillForm(ctx, { refusal: asRefusal(error) }) });
    }
  });

  return router;
}
