import { ACCOUNT_TYPES, AccountCurrency, BUILT_IN_PRODUCTS } from '@guichet/contract';
import type { NewAccount, Product } from '@guichet/contract/accounts';
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
import { settle } from '../settle.ts';

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

  router.get('/accounts/new', requireRole('member'), (ctx) =>
    showForm(ctx, openForm(ctx, '/accounts/new', { type: 'current', currency: 'EUR' })),
  );

  router.post('/accounts/new', requireRole('member'), async (ctx) => {
    const chosen = await chosenProduct(ctx);
    const currency = choice(ctx, 'currency', AccountCurrency.options);
    const refuse = (problem: FormProblem) => refuseForm(ctx, problem, (form) => showForm(ctx, form));
    const errors = {
      ...(chosen === undefined ? { type: 'choose_one' } : {}),
      ...missingFields(ctx, 'name', 'type'),
    };
    if (chosen === undefined || Object.keys(errors).length > 0) return refuse({ errors });
    try {
      const operation = await ctx.state.api.accounts.openAccount(
        { name: field(ctx, 'name'), ...chosen, currency },
        idempotencyKey(ctx),
      );
      const notice = { kind: 'success', key: 'notices.account_requested' } as const;
      await finishForm(ctx, `/operations/${operation.id}`, notice);
    } catch (error) {
      await refuse({ refusal: asRefusal(error), fieldOf: { 'code:product_not_found': 'type' } });
    }
  });

  return router;
}

/** The product that the form names in place of the type of account: those that every bank has are named like their type. */
async function chosenProduct(ctx: PageContext): Promise<Pick<NewAccount, 'type' | 'product'> | undefined> {
  const type = choice(ctx, 'type', ACCOUNT_TYPES);
  if (type !== undefined) return { type };
  const { items } = await ctx.state.api.accounts.products();
  const product = items.find(({ code }) => code === field(ctx, 'type'));
  return product === undefined ? undefined : { type: product.type, product: product.code };
}

async function showForm(ctx: PageContext, form: FormView): Promise<void> {
  const products = await settle(ctx, 'accounts', ctx.state.api.accounts.products());
  const isBuiltIn = ({ code, type }: Pick<Product, 'code' | 'type'>) => code === type;
  const standard = ACCOUNT_TYPES.map(
    (type) =>
      products?.items.find(({ code }) => code === type) ?? {
        code: type,
        type,
        name: BUILT_IN_PRODUCTS[type],
      },
  );
  const others = products?.items.filter((one) => !isBuiltIn(one)) ?? [];
  render(ctx, 'account-new.njk', { form, products: [...standard, ...others] });
}
