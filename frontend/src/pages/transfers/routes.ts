import type { Account, Beneficiary, NewOperation, PayeeCheck } from '@guichet/contract/accounts';
import type { PageContext } from '../../request-context.ts';
import { finishForm, refuseForm } from '../drafts.ts';
import { type FormProblem, type FormView, idempotencyKey, openForm } from '../form.ts';
import { idOrNull } from '../ids.ts';
import { formCurrency } from '../money/rules.ts';
import { asRefusal, redirectTo, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { settle } from '../settle.ts';
import { codeProblem, requiresCode, submittedCode } from '../step-up.ts';
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
 * One page for both kinds of transfer. A transfer to someone else is reviewed with the payee check before it is sent. The review page
 * holds the whole transfer in hidden fields, so that what is sent is what it showed, whatever another tab does with the draft.
 */
export function transferPages() {
  const router = pageRouter();

  router.get(FORM, requireRole('member'), async (ctx) => {
    const kind = ctx.query.kind === 'internal' ? 'internal' : 'external';
    const from = idOrNull(String(ctx.query.from ?? '')) ?? '';
    const beneficiary = String(ctx.query.beneficiary ?? '');
    await showForm(ctx, openForm(ctx, FORM, { kind, from_account_id: from, beneficiary }));
  });

  router.post(FORM, requireRole('member'), async (ctx) => {
    const { accounts, beneficiaries } = await choices(ctx);
    const read = readTransfer(ctx.state.form, accounts, beneficiaries);
    if ('errors' in read) return refuse(ctx, { errors: read.errors });
    if (read.transfer.kind === 'internal') return request(ctx, read.transfer);
    const { transfer } = read;
    try {
      const check = await ctx.state.api.accounts.verifyPayee(payeeOf(transfer));
      await refuseForm(ctx, { step: 'review', page: REVIEW }, (form) => {
        showReview(ctx, transfer, check, form);
      });
      if (ctx.status !== 303) ctx.status = 200;
    } catch (error) {
      await refuse(ctx, { refusal: asRefusal(error), fieldOf: FIELD_OF });
    }
  });

  router.get(REVIEW, requireRole('member'), async (ctx) => {
    const form = openForm(ctx, FORM);
    const { accounts, beneficiaries } = await choices(ctx);
    const read = readTransfer(new URLSearchParams(form.values), accounts, beneficiaries);
    if ('errors' in read || read.transfer.kind === 'internal') return redirectTo(ctx, FORM + ctx.search);
    showReview(ctx, read.transfer, await checkPayee(ctx, read.transfer), form);
  });

  router.post(REVIEW, requireRole('member'), async (ctx) => {
    const { accounts, beneficiaries } = await choices(ctx);
    const read = readTransfer(ctx.state.form, accounts, beneficiaries);
    if ('errors' in read) return refuse(ctx, { errors: read.errors });
    // The review of a transfer that is too large to keep has a button that leads back to the form.
    if (ctx.state.form.has('change')) return refuse(ctx, {});
    await request(ctx, read.transfer);
  });

  return router;
}

const FORM = '/transfers/new';
const REVIEW = '/transfers/review';

const refuse = (ctx: PageContext, problem: FormProblem) =>
  refuseForm(ctx, { ...problem, page: FORM }, (form) => showForm(ctx, form));

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
    const notice = { kind: 'success', key: 'notices.transfer_requested' } as const;
    await finishForm(ctx, `/operations/${operation.id}`, notice);
  } catch (error) {
    const refusal = asRefusal(error);
    if (transfer.kind !== 'external' || !requiresCode(refusal))
      return refuse(ctx, { refusal, fieldOf: FIELD_OF });
    await refuseForm(ctx, { ...codeProblem(ctx, refusal), page: REVIEW }, async (form) =>
      showReview(ctx, transfer, await checkPayee(ctx, transfer), form),
    );
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

/** The payee check, or null while it can't be made. */
async function checkPayee(
  ctx: PageContext,
  transfer: TypedTransfer & { kind: 'external' },
): Promise<PayeeCheck | null> {
  try {
    return await ctx.state.api.accounts.verifyPayee(payeeOf(transfer));
  } catch (error) {
    if (['unavailable', 'too_many_requests'].includes(asRefusal(error).code)) return null;
    throw error;
  }
}

async function showForm(ctx: PageContext, form: FormView): Promise<void> {
  const { accounts, beneficiaries } = await choices(ctx);
  const currency = formCurrency(form.values.from_account_id, accounts);
  render(ctx, 'transfer-new.njk', { accounts, beneficiaries, currency, form });
}

function showReview(
  ctx: PageContext,
  transfer: TypedTransfer & { kind: 'external' },
  check: PayeeCheck | null,
  form: FormView,
): void {
  render(ctx, 'transfer-review.njk', {
    transfer: { ...transfer, amountMinor: Number(transfer.amountMinor) },
    check,
    form,
    /** Whether the address of the form leads back to what was typed. */
    isKept: ctx.state.draft !== null,
  });
}
