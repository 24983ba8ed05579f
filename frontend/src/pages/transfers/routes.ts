import {
  executionDay,
  isBusinessDay,
  nextBusinessDay,
  orderDate,
  orderDates,
  orderDatesFrom,
} from '@guichet/calendar';
import { FREQUENCIES } from '@guichet/contract';
import type { NewOperation, NewStandingOrder } from '@guichet/contract/accounts';
import type { StepUpRequest } from '@guichet/contract/auth';
import type { PageContext } from '../../request-context.ts';
import { finishForm, refuseForm } from '../drafts.ts';
import { type FormProblem, type FormView, idempotencyKey, openForm } from '../form.ts';
import { idOrNull } from '../ids.ts';
import { accountNumberError, formCurrency, ibanOf, readAccountNumber } from '../money/rules.ts';
import { asRefusal, redirectTo, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import type { NextPayment } from '../standing-orders/rules.ts';
import {
  answerConfirmation,
  factorsFor,
  type Proof,
  proofProblem,
  requiresProof,
  submittedProof,
} from '../step-up.ts';
import type { KnownPayee } from './known-payees.ts';
import { loadChoices, valuesToEmpty, valuesToRepeat, valuesToReplace } from './load-choices.ts';
import { answerPayeeCheck, checkPayee } from './payee-check.ts';
import { type ExternalTransfer, type Repeat, readTransfer, type TypedTransfer, typedPayee } from './rules.ts';

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
  first_on: 'execute_on',
  last_on: 'last_on',
  count: 'count',
} as const;

/**
 * One page for both kinds of transfer. A transfer to someone else is reviewed with the payee check before it is sent. The review page
 * holds the whole transfer in hidden fields, so that what is sent is what it showed, whatever another tab does with the draft.
 */
export function transferPages() {
  const router = pageRouter();

  router.get(FORM, requireRole('member'), async (ctx) => {
    const values = (await valuesToRepeat(ctx)) ??
      (await valuesToReplace(ctx)) ??
      (await valuesToEmpty(ctx)) ?? {
        kind: ctx.query.kind === 'internal' ? 'internal' : 'external',
        from_account_id: idOrNull(String(ctx.query.from ?? '')) ?? '',
        beneficiary: idOrNull(String(ctx.query.beneficiary ?? '')) ?? '',
        every: FREQUENCIES.find((one) => one === ctx.query.every) ?? '',
      };
    await showForm(ctx, openForm(ctx, FORM, values));
  });

  router.post(FORM, requireRole('member'), async (ctx) => {
    const { accounts, payees } = await loadChoices(ctx);
    const read = readTransfer(ctx.state.form, accounts, payees, todayOf(ctx));
    if ('errors' in read) return refuse(ctx, { errors: { ...read.funds, ...read.errors } });
    // An internal transfer is sent now; its funds are only for the bank to check, which replays its answer if it is sent again.
    if (read.transfer.kind === 'internal') return request(ctx, read.transfer);
    if (Object.keys(read.funds).length > 0) return refuse(ctx, { errors: read.funds });
    await review(ctx, read.transfer);
  });

  router.post(`${FORM}/payee-check`, requireRole('member'), (ctx) => answerPayeeCheck(ctx));

  router.get(REVIEW, requireRole('member'), async (ctx) => {
    const form = openForm(ctx, FORM);
    const { accounts, payees } = await loadChoices(ctx);
    const read = readTransfer(new URLSearchParams(form.values), accounts, payees, todayOf(ctx));
    if ('errors' in read || read.transfer.kind === 'internal') return redirectTo(ctx, FORM + ctx.search);
    await showReview(ctx, read.transfer, form);
  });

  router.post(`${REVIEW}/passkey-options`, requireRole('member'), async (ctx) => {
    const { accounts, payees } = await loadChoices(ctx);
    const read = readTransfer(ctx.state.form, accounts, payees, todayOf(ctx));
    await answerConfirmation(ctx, 'errors' in read ? null : paymentOf(read.transfer));
  });

  router.post(REVIEW, requireRole('member'), async (ctx) => {
    const { accounts, payees } = await loadChoices(ctx);
    const read = readTransfer(ctx.state.form, accounts, payees, todayOf(ctx));
    if ('errors' in read) return refuse(ctx, { errors: read.errors });
    // The review of a transfer that is too large to keep has a button that leads back to the form.
    if (ctx.state.form.has('change')) return refuse(ctx, {});
    const { transfer } = read;
    if (transfer.kind === 'external' && ctx.state.form.has('use_suggestion'))
      return review(ctx, await withSuggestedName(ctx, transfer));
    await request(ctx, transfer);
  });

  return router;
}

const FORM = '/transfers/new';
const REVIEW = '/transfers/review';
const RECENT_SHOWN = 5;

/** The bank's day. */
const todayOf = (ctx: PageContext) => ctx.state.views.calendar.dateOf(new Date());

const refuse = (ctx: PageContext, problem: FormProblem) =>
  refuseForm(ctx, { ...problem, page: FORM }, (form) => showForm(ctx, form));

async function request(ctx: PageContext, transfer: TypedTransfer): Promise<void> {
  const { accounts } = ctx.state.api;
  const key = idempotencyKey(ctx);
  const proof = await submittedProof(ctx);
  try {
    const { repeat } = transfer;
    const operation =
      repeat === null
        ? await accounts.request(operationOf(transfer, proof), key)
        : await accounts.requestStandingOrder(orderOf(transfer, repeat, proof), key);
    if (transfer.kind === 'external' && transfer.save) {
      // The transfer has been requested; failing to save the payee is no reason to refuse it.
      await accounts
        .saveBeneficiary(payeeOf(transfer), `${key}-payee`)
        .catch((err: unknown) => ctx.state.log.warn({ err }, 'payee could not be saved'));
    }
    if (repeat !== null) {
      const notice = { kind: 'success', key: 'notices.standing_order_requested' } as const;
      return await finishForm(ctx, `/standing-orders/${operation.id}`, notice);
    }
    const isDated = transfer.executeOn !== null;
    const notice = {
      kind: 'success',
      key: isDated ? 'notices.transfer_dated' : 'notices.transfer_requested',
    } as const;
    await finishForm(ctx, `/operations/${operation.id}`, notice);
  } catch (error) {
    const refusal = asRefusal(error);
    if (transfer.kind !== 'external' || !requiresProof(refusal))
      return refuse(ctx, { refusal, fieldOf: FIELD_OF });
    await refuseForm(ctx, { ...proofProblem(refusal, proof), page: REVIEW }, (form) =>
      showReview(ctx, transfer, form),
    );
  }
}

function operationOf(transfer: TypedTransfer, proof: Proof): NewOperation {
  const common = {
    from_account_id: transfer.from.id,
    amount: Number(transfer.amountMinor),
    ...(transfer.reference === '' ? {} : { reference: transfer.reference }),
    ...(transfer.executeOn === null ? {} : { execute_on: transfer.executeOn }),
  };
  if (transfer.kind === 'internal') {
    return { type: 'internal_transfer', ...common, to_account_id: transfer.to.id };
  }
  return { type: 'external_transfer', ...common, to: payeeOf(transfer), ...proof.fields };
}

function orderOf(transfer: TypedTransfer, repeat: Repeat, proof: Proof): NewStandingOrder {
  const { every, firstOn, lastOn, count, replacesId } = repeat;
  const payee =
    transfer.kind === 'internal'
      ? { to_account_id: transfer.to.id }
      : { to: payeeOf(transfer), ...proof.fields };
  return {
    from_account_id: transfer.from.id,
    amount: Number(transfer.amountMinor),
    ...payee,
    ...(transfer.reference === '' ? {} : { reference: transfer.reference }),
    every,
    first_on: firstOn,
    last_on: lastOn,
    count,
    replaces_id: replacesId,
  };
}

/** The payment that a passkey confirms; null for a transfer that needs no confirmation. */
function paymentOf(transfer: TypedTransfer): StepUpRequest | null {
  const iban = transfer.kind === 'external' ? ibanOf(transfer.payeeNumber) : null;
  return iban === null
    ? null
    : { amount: Number(transfer.amountMinor), currency: transfer.from.currency, iban };
}

function payeeOf(transfer: ExternalTransfer) {
  return { name: transfer.payeeName, ...transfer.payeeNumber };
}

/** Leads to the review of a transfer, which has an address of its own. */
async function review(ctx: PageContext, transfer: ExternalTransfer): Promise<void> {
  await refuseForm(ctx, { step: 'review', page: REVIEW }, (form) => showReview(ctx, transfer, form));
  if (ctx.status !== 303) ctx.status = 200;
}

/** The transfer with the holder's name instead of the typed one. The bank says again what it is: a form could claim anything. */
async function withSuggestedName(ctx: PageContext, transfer: ExternalTransfer): Promise<ExternalTransfer> {
  const check = await checkPayee(ctx, payeeOf(transfer));
  if (check?.suggestion == null) return transfer;
  const { form } = ctx.state;
  form.set('beneficiary', '');
  form.set('payee_name', check.suggestion);
  form.set('payee_number', Object.values(transfer.payeeNumber).join(''));
  return { ...transfer, payeeName: check.suggestion };
}

async function showForm(ctx: PageContext, form: FormView): Promise<void> {
  const { accounts, payees, recent, others } = await loadChoices(ctx);
  chooseKnown(form, payees);
  const typed = typedPayee(new URLSearchParams(form.values), payees);
  const isComplete = !typed.isKnown && typed.name !== '' && accountNumberError(typed.number) === null;
  render(ctx, 'transfer-new.njk', {
    accounts,
    recent: recent.slice(0, RECENT_SHOWN),
    others: [...recent.slice(RECENT_SHOWN), ...others],
    currency: formCurrency(form.values.from_account_id, accounts),
    form,
    days: orderDates(todayOf(ctx)),
    check: isComplete
      ? await checkPayee(ctx, { name: typed.name, ...readAccountNumber(typed.number) })
      : undefined,
  });
}

/** The business day to which a payment to another bank moves; null if it keeps its day. */
function movedTo(date: string | null): string | null {
  return date === null || isBusinessDay(date) ? null : nextBusinessDay(date);
}

const PAYMENTS_SHOWN = 5;

/** The first dates of a standing order, each with the later day on which it's paid if nothing leaves the bank on that date. */
function firstPayments(repeat: Repeat, leavesBank: boolean): NextPayment[] {
  const dates = orderDatesFrom({ ...repeat, lastOn: lastDateOf(repeat) }, 0, PAYMENTS_SHOWN);
  return dates.map((date) => {
    const day = executionDay(date, leavesBank);
    return { date, movedTo: day === date ? null : day };
  });
}

function lastDateOf(repeat: Repeat): string | null {
  return repeat.lastOn ?? (repeat.count === null ? null : orderDate(repeat, repeat.count - 1));
}

/** Details that are those of an offered payee choose that payee; a repeated transfer has them. */
function chooseKnown({ values }: FormView, payees: readonly KnownPayee[]): void {
  const { payee_name: name, payee_number: number } = values;
  const known = payees.find((payee) => payee.name === name && payee.iban === number);
  if (known !== undefined) Object.assign(values, { beneficiary: known.id, payee_name: '', payee_number: '' });
}

async function showReview(ctx: PageContext, transfer: ExternalTransfer, form: FormView): Promise<void> {
  const [check, factors] = await Promise.all([checkPayee(ctx, payeeOf(transfer)), factorsFor(ctx, form)]);
  render(ctx, 'transfer-review.njk', {
    transfer: { ...transfer, amountMinor: Number(transfer.amountMinor) },
    check,
    form,
    factors,
    /** Another bank's accounts can't be checked, and payments leave for it on business days only. */
    movedTo:
      check?.result === 'not_possible' && transfer.repeat === null ? movedTo(transfer.executeOn) : null,
    next: transfer.repeat === null ? [] : firstPayments(transfer.repeat, check?.result === 'not_possible'),
    lastOn: transfer.repeat === null ? null : lastDateOf(transfer.repeat),
    /** Whether the address of the form leads back to what was typed. */
    isKept: ctx.state.draft !== null,
  });
}
