import type { Account } from '@guichet/contract/accounts';
import type { PageContext } from '../../request-context.ts';
import { finishForm, refuseForm } from '../drafts.ts';
import { type FormProblem, type FormView, field, idempotencyKey, openForm } from '../form.ts';
import { idOrNull } from '../ids.ts';
import { formCurrency, fundsError, readAmountFor, referenceError } from '../money/rules.ts';
import { findRepeated } from '../operations/find-repeated.ts';
import { asRefusal, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { answerConfirmation, factorsFor, proofProblem, requiresProof, submittedProof } from '../step-up.ts';

type CashKind = 'deposit' | 'withdrawal';

/** Deposits and withdrawals. */
export function cashPages() {
  const router = pageRouter();

  for (const kind of ['deposit', 'withdrawal'] as const) {
    const path = `/${kind}s/new`;

    router.get(path, requireRole('member'), async (ctx) => {
      const values = (await valuesToRepeat(ctx, kind)) ?? {
        account_id: idOrNull(String(ctx.query.account ?? '')) ?? '',
      };
      await showForm(ctx, kind, openForm(ctx, path, values));
    });

    router.post(path, requireRole('member'), async (ctx) => {
      const refuse = (problem: FormProblem) => refuseForm(ctx, problem, (form) => showForm(ctx, kind, form));
      const read = await readCash(ctx);
      if ('errors' in read) {
        // The funds are only checked with other errors: a request that is sent again must reach the bank, which replays its answer.
        return refuse({ errors: { ...(kind === 'withdrawal' ? read.funds : {}), ...read.errors } });
      }
      const { account, amount, reference } = read;
      const key = idempotencyKey(ctx);
      const proof = await submittedProof(ctx);
      try {
        const operation = await ctx.state.api.accounts.request(
          {
            type: kind,
            account_id: account.id,
            amount,
            ...(reference === '' ? {} : { reference }),
            ...(kind === 'withdrawal' ? proof.fields : {}),
          },
          key,
        );
        const notice = { kind: 'success', key: `notices.${kind}_requested` } as const;
        await finishForm(ctx, `/operations/${operation.id}`, notice);
      } catch (error) {
        const refusal = asRefusal(error);
        if (requiresProof(refusal)) return refuse(proofProblem(refusal, proof));
        const fieldOf = { 'code:insufficient_funds': 'amount', 'code:limit_exceeded': 'amount' };
        await refuse({ refusal, fieldOf });
      }
    });
  }

  router.post('/withdrawals/new/passkey-options', requireRole('member'), async (ctx) => {
    const read = await readCash(ctx);
    // A withdrawal has no payee: it is confirmed with the IBAN of its own account.
    const iban = 'errors' in read ? null : read.account.iban;
    if ('errors' in read || iban === null) return answerConfirmation(ctx, null);
    await answerConfirmation(ctx, { amount: read.amount, currency: read.account.currency, iban });
  });

  return router;
}

/** A deposit or withdrawal from the form, with every field valid on its own; or what is wrong with it, `funds` apart. */
type ReadCash =
  | { account: Account; amount: number; reference: string }
  | { errors: Record<string, string>; funds: Record<string, string> };

async function readCash(ctx: PageContext): Promise<ReadCash> {
  const { items: mine } = await ctx.state.api.accounts.list({ status: 'open', limit: 200 });
  const account = mine.find(({ id }) => id === field(ctx, 'account_id'));
  const amount = readAmountFor(field(ctx, 'amount'), account, mine);
  const reference = field(ctx, 'reference');
  const errors = {
    ...(account === undefined ? { account_id: 'choose_one' } : {}),
    ...('error' in amount ? { amount: amount.error } : {}),
    ...referenceError(reference),
  };
  if (account === undefined || 'error' in amount || Object.keys(errors).length > 0)
    return { errors, funds: fundsError(account, amount) };
  return { account, amount: Number(amount.amountMinor), reference };
}

/** The values of the operation that the address names for repeating; null if it names none of this kind. */
async function valuesToRepeat(ctx: PageContext, kind: CashKind): Promise<Record<string, string> | null> {
  const operation = await findRepeated(ctx);
  if (operation?.type !== kind) return null;
  const { typedAmount } = ctx.state.views.formatsOf(ctx.state.locale);
  return {
    account_id: operation.account_id ?? '',
    amount: typedAmount(operation.amount, operation.currency),
    reference: operation.reference ?? '',
  };
}

async function showForm(ctx: PageContext, kind: CashKind, form: FormView): Promise<void> {
  const { items: accounts } = await ctx.state.api.accounts.list({ status: 'open', limit: 200 });
  const currency = formCurrency(form.values.account_id, accounts);
  render(ctx, 'cash-new.njk', { kind, accounts, currency, form, factors: await factorsFor(ctx, form) });
}
