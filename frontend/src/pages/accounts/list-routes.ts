import { nextHref, readFilters } from '../filters.ts';
import { emptyForm, formAgain, idempotencyKey, missing, text } from '../form.ts';
import { asRefusal, goTo, only, reader, show } from '../page.ts';
import { pageRouter } from '../router.ts';

/** The list of accounts, one's own or, for an agent, everyone's; and asking for a new one. */
export function accountListPages() {
  const router = pageRouter();

  router.get('/accounts', only('member', 'agent'), async (ctx) => {
    const filters = readFilters(ctx, 'q', 'status', 'owner', 'cursor');
    const isAgent = reader(ctx).role === 'agent';
    const page = await ctx.state.api.accounts.list({ limit: isAgent ? 50 : 200, ...filters });
    show(ctx, 'accounts.njk', {
      accounts: page.items,
      filters,
      nextPage: nextHref('/accounts', filters, page.next),
    });
  });

  router.get('/accounts/new', only('member'), (ctx) => {
    show(ctx, 'account-new.njk', { form: emptyForm({ type: 'current', currency: 'EUR' }) });
  });

  router.post('/accounts/new', only('member'), async (ctx) => {
    const errors = missing(ctx, 'name', 'type');
    if (Object.keys(errors).length > 0)
      return show(ctx, 'account-new.njk', { form: formAgain(ctx, { errors }) });
    const currency = text(ctx, 'currency');
    try {
      const operation = await ctx.state.api.accounts.openAccount(
        { name: text(ctx, 'name'), type: text(ctx, 'type'), ...(currency === '' ? {} : { currency }) },
        idempotencyKey(ctx),
      );
      goTo(ctx, `/operations/${operation.id}`, { kind: 'success', key: 'notices.account_requested' });
    } catch (error) {
      show(ctx, 'account-new.njk', { form: formAgain(ctx, { refusal: asRefusal(error) }) });
    }
  });

  return router;
}
