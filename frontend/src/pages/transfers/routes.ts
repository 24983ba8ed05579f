import type { Account, Beneficiary, NewOperation, PayeeCheck } from '@guichet/contract/accounts';
import type { PageContext } from '../../request-context.ts';
import { emptyForm, type FormView, idempotencyKey, refillForm } from '../form.ts';
import { idOrNull } from '../ids.ts';
import { formCurrency } from '../money/rules.ts';
import { asRefusal, redirectTo, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { settle } from '../settle.ts';
import { refillCodeForm, requiresCode, submittedCode } from '../step-up.ts';
import { readTransfer, type TypedTransfer } from './rules.ts';

/** The form field for each field or refusal of the service. */
const FIELD_OF = {
  'to.name': 'payee_name',
  'to.iban': 'payee_number',
  'to.rib': 'payee_number',
  'code:invalid_iban': 'payee_number',
  'code:invalid_rib': 'payee_number',
  'code:retired_rib': 'payee_number',
  'code:account_not_found': 'payee_number',
  'code:insufficient_funds': 'amount',
  'code:limit_exceeded': 'amount',
  'code:same_account': 'to_account_id',
  'code:not_your_account_pair': 'to_account_id',
} as const;

/**
 * One page for both kinds of transfer. A transfer to someone else is reviewed with the payee check before it is sent; the review
 * page holds the whole transfer in hidden fields, so nothing is stored on the server.
 */
export function transferPages() {
  const router = pageRouter();

  router.get('/transfers/new', requireRole('member'), async (ctx) => {
    const kind = ctx.query.kind === 'internal' ? 'internal' : 'external';
    const from = idOrNull(String(ctx.query.from ?? '')) ?? '';
    await showForm(
      ctx,
      emptyForm({ kind, from_account_id: from, beneficiary: String(ctx.query.beneficiary ?? '') }),
    );
  });

  router.post('/transfers/new', requireRole('member'), async (ctx) => {
    const { accounts, beneficiaries } = await choices(ctx);
    const read = readTransfer(ctx.state.form, accounts, beneficiaries);
    if ('errors' in read) return showForm(ctx, refillForm(ctx, { errors: read.errors }));
    if (read.transfer.kind === 'internal') return request(ctx, read.transfer);
    try {
      const check = await ctx.state.api.accounts.verifyPayee(payeeOf(read.transfer));
      const form = refillForm(ctx, {});
      ctx.status = 200;
      showReview(ctx, read.transfer, check, form);
    } catch (error) {
      await showForm(ctx, refillForm(ctx, { refusal: asRefusal(error) }, FIELD_OF));
    }
  });

  router.post('/transfers/review', requireRole('member'), async (ctx) => {
    const { accounts, beneficiaries } = await choices(ctx);
    const read = readTransfer(ctx.state.form, accounts, beneficiaries);
    if ('errors' in read) return showForm(ctx, refillForm(ctx, { errors: read.errors }));
    // "Edit" on the review page leads back to the filled-in form.
    if (ctx.state.form.has('change')) {
      const form = refillForm(ctx, {});
      ctx.status = 200;
      return showForm(ctx, form);
    }
    await request(ctx, read.transfer);
  });

  return router;
}

async function request(ctx: PageContext, transfer: TypedTransfer): Promise<void> {
  const { accounts } = ctx.state.api;
  try {
    const operation = await accounts.request(operationOf(ctx, transfer), idempotencyKey(ctx));
    if (transfer.kind === 'external' && transfer.save) {
      // The transfer has been requested; failing to save the payee is no reason to refuse it.
      await accounts
        .saveBeneficiary(payeeOf(transfer), `${idempotencyKey(ctx)}-payee`)
        .catch((err: unknown) => ctx.state.log.warn({ err }, 'payee could not be saved'));
    }
    redirectTo(ctx, `/operations/${operation.id}`, { kind: 'success', key: 'notices.transfer_requested' });
  } catch (error) {
    const refusal = asRefusal(error);
    if (transfer.kind === 'external' && requiresCode(refusal)) {
      const form = refillCodeForm(ctx, refusal);
      const check = await accounts.verifyPayee(payeeOf(transfer));
      ctx.status = refusal.status;
      return showReview(ctx, transfer, check, form, true);
    }
    await showForm(ctx, refillForm(ctx, { refusal }, FIELD_OF));
  }
}

function operationOf(ctx: PageContext, transfer: TypedTransfer): NewOperation {
  const common = {
    from_account_id: transfer.from.id,
    amount: Number(transfer.amountMinor),
    ...(transfer.reference === '' ? {} : { reference: transfer.reference }),
  };
  if (transfer.kind === 'internal') {
    return { type: 'internal_transfer', ...common, to_account_id: transfer.to.id };
  }
  return { type: 'external_transfer', ...common, to: payeeOf(transfer), ...submittedCode(ctx) };
}

function payeeOf(transfer: TypedTransfer & { kind: 'external' }) {
  return { name: transfer.payeeName, ...transfer.payeeNumber };
}

async function choices(ctx: PageContext): Promise<{ accounts: Account[]; beneficiaries: Beneficiary[] }> {
  const { accounts } = ctx.state.api;
  const [mine, saved] = await Promise.all([
    accounts.list({ status: 'open', limit: 200 }),
    settle(ctx, 'payees', accounts.beneficiaries()),
  ]);
  return { accounts: mine.items, beneficiaries: saved?.items ?? [] };
}

async function showForm(ctx: PageContext, form: FormView): Promise<void> {
  const { status } = ctx;
  const { accounts, beneficiaries } = await choices(ctx);
  const currency = formCurrency(form.values.from_account_id, accounts);
  render(ctx, 'transfer-new.njk', { accounts, beneficiaries, currency, form });
  if (status >= 400 && status !== 404) ctx.status = status;
}

function showReview(
  ctx: PageContext,
  transfer: TypedTransfer & { kind: 'external' },
  check: PayeeCheck,
  form: FormView,
  codeRequired = false,
): void {
  const { status } = ctx;
  render(ctx, 'transfer-review.njk', {
    transfer: { ...transfer, amountMinor: Number(transfer.amountMinor) },
    typed: Object.fromEntries(
      Object.entries(form.values).filter(([name]) => !/idempotency_key|change/.test(name)),
    ),
    check,
    form,
    codeRequired,
  });
  if (codeRequired) ctx.status = status;
}
