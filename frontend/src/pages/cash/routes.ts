import type { PageContext } from '../../request-context.ts';
import { emptyForm, type FormView, field, idempotencyKey, refillForm } from '../form.ts';
import { idOrNull } from '../ids.ts';
import { formCurrency, readAmountFor } from '../money/rules.ts';
import { asRefusal, redirectTo, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { refillCodeForm, requiresCode, submittedCode } from '../step-up.ts';

type CashKind = 'deposit' | 'withdrawal';

/** Deposits and withdrawals. */
export function cashPages() {
  const router = pageRouter();

  for (const kind of ['deposit', 'withdrawal'] as const) {
    router.get(`/${kind}s/new`, requireRole('member'), async (ctx) => {
      await showForm(ctx, kind, emptyForm({ account_id: idOrNull(String(ctx.query.account ?? '')) ?? '' }));
    });

    router.post(`/${kind}s/new`, requireRole('member'), async (ctx) => {
      const { accounts } = ctx.state.api;
      const accountId = field(ctx, 'account_id');
      const mine = await accounts.list({ status: 'open', limit: 200 });
      const account = mine.items.find(({ id }) => id === accountId);
      const amount = readAmountFor(field(ctx, 'amount'), account, mine.items);
      if (account === undefined || 'error' in amount) {
        const errors = {
          ...(account === undefined ? { account_id: 'choose_one' } : {}),
          ...('error' in amount ? { amount: amount.error } : {}),
        };
        return showForm(ctx, kind, refillForm(ctx, { errors }));
      }
      const reference = field(ctx, 'reference');
      try {
        const operation = await accounts.request(
          {
            type: kind,
            account_id: account.id,
            amount: Number(amount.amountMinor),
            ...(reference === '' ? {} : { reference }),
            ...(kind === 'withdrawal' ? submittedCode(ctx) : {}),
          },
          idempotencyKey(ctx),
        );
        redirectTo(ctx, `/operations/${operation.id}`, { kind: 'success', key: `notices.${kind}_requested` });
      } catch (error) {
        const refusal = asRefusal(error);
        if (requiresCode(refusal)) return showForm(ctx, kind, refillCodeForm(ctx, refusal), true);
        const fields = { 'code:insufficient_funds': 'amount', 'code:limit_exceeded': 'amount' };
        await showForm(ctx, kind, refillForm(ctx, { refusal }, fields));
      }
    });
  }

  return router;
}

async function showForm(
  ctx: PageContext,
  kind: CashKind,
  form: FormView,
  codeRequired = false,
): Promise<void> {
  const { status } = ctx;
  const { items: accounts } = await ctx.state.api.accounts.list({ status: 'open', limit: 200 });
  const currency = formCurrency(form.values.account_id, accounts);
  render(ctx, 'cash-new.njk', { kind, accounts, currency, form, codeRequired });
  if (status >= 400 && status !== 404) ctx.status = status;
}
