import { ACCOUNT_TYPES } from '@guichet/contract';
import type { Product, ProductChange } from '@guichet/contract/accounts';
import { problems } from '@guichet/errors';
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
import { readAmountOrZero } from '../money/rules.ts';
import { asRefusal, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { comingRates, readRate } from './rules.ts';

const LIST = '/products';
const CODE = /^[a-z][a-z0-9_]{0,39}$/;
const FIELD_OF = { 'code:rate_begins_in_past': 'valid_from', 'code:product_type_fixed': 'type' };

/** The products of the bank, and the forms by which a superuser sets their rates. */
export function productPages() {
  const router = pageRouter();
  const superuser = requireRole('superuser');

  router.get(LIST, superuser, async (ctx) => {
    const { items } = await ctx.state.api.accounts.products();
    render(ctx, 'products.njk', { products: items, comingRates });
  });

  router.get(`${LIST}/new`, superuser, (ctx) =>
    showForm(ctx, openForm(ctx, `${LIST}/new`, { type: 'savings', valid_from: today(ctx) }), null),
  );

  router.post(`${LIST}/new`, superuser, async (ctx) => {
    const code = field(ctx, 'code');
    const refuse = (problem: FormProblem) => refuseForm(ctx, problem, (form) => showForm(ctx, form, null));
    const errors = CODE.test(code) ? {} : { code: code === '' ? 'required' : 'product_code' };
    await save(ctx, { code, type: choice(ctx, 'type', ACCOUNT_TYPES), errors, refuse });
  });

  router.get(`${LIST}/:code`, superuser, async (ctx) => {
    const product = await findProduct(ctx);
    showForm(ctx, openForm(ctx, `${LIST}/${product.code}`, typedRates(ctx, product)), product);
  });

  router.post(`${LIST}/:code`, superuser, async (ctx) => {
    const product = await findProduct(ctx);
    const refuse = (problem: FormProblem) => refuseForm(ctx, problem, (form) => showForm(ctx, form, product));
    const { code, type } = product;
    await save(ctx, { code, type, errors: {}, refuse });
  });

  return router;
}

const today = (ctx: PageContext) => ctx.state.views.calendar.dateOf(new Date());

async function findProduct(ctx: PageContext): Promise<Product> {
  const { items } = await ctx.state.api.accounts.products();
  const product = items.find(({ code }) => code === ctx.params.code);
  if (product === undefined) throw problems.not_found();
  return product;
}

/** The rates of today as a person would type them. */
function typedRates(ctx: PageContext, product: Product): Record<string, string> {
  const typed = (minor: number) => ctx.state.views.formatsOf(ctx.state.locale).typedAmount(minor);
  return {
    name: product.name,
    interest_rate: typed(product.interest_rate),
    overdraft_rate: typed(product.overdraft_rate),
    minimum_balance: typed(product.minimum_balance),
    monthly_fee: typed(product.monthly_fee),
    valid_from: today(ctx),
  };
}

async function save(
  ctx: PageContext,
  given: {
    code: string;
    type: Product['type'] | undefined;
    errors: Record<string, string>;
    refuse: (problem: FormProblem) => Promise<void>;
  },
): Promise<void> {
  const { code, type, refuse } = given;
  const [interest, overdraft] = [
    readRate(field(ctx, 'interest_rate')),
    readRate(field(ctx, 'overdraft_rate')),
  ];
  const minimum = readAmountOrZero(field(ctx, 'minimum_balance') || '0');
  const fee = readAmountOrZero(field(ctx, 'monthly_fee') || '0');
  if (
    type === undefined ||
    'error' in interest ||
    'error' in overdraft ||
    'error' in minimum ||
    'error' in fee ||
    Object.keys({ ...given.errors, ...missingFields(ctx, 'name', 'valid_from') }).length > 0
  ) {
    return refuse({
      errors: {
        ...(type === undefined ? { type: 'choose_one' } : {}),
        ...('error' in interest ? { interest_rate: interest.error } : {}),
        ...('error' in overdraft ? { overdraft_rate: overdraft.error } : {}),
        ...('error' in minimum ? { minimum_balance: minimum.error } : {}),
        ...('error' in fee ? { monthly_fee: fee.error } : {}),
        ...missingFields(ctx, 'name', 'valid_from'),
        ...given.errors,
      },
    });
  }
  const change: ProductChange = {
    name: field(ctx, 'name'),
    type,
    interest_rate: interest.basisPoints,
    overdraft_rate: overdraft.basisPoints,
    minimum_balance: Number(minimum.amountMinor),
    monthly_fee: Number(fee.amountMinor),
    valid_from: field(ctx, 'valid_from'),
  };
  try {
    const { name } = await ctx.state.api.accounts.changeProduct(code, change, idempotencyKey(ctx));
    await finishForm(ctx, LIST, { kind: 'success', key: 'notices.product_changed', values: { name } });
  } catch (error) {
    await refuse({ refusal: asRefusal(error), fieldOf: FIELD_OF });
  }
}

function showForm(ctx: PageContext, form: FormView, product: Product | null): void {
  render(ctx, 'product.njk', { form, product, today: today(ctx) });
}
