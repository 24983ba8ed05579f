import { isDate, isOrderDate } from '@guichet/calendar';
import { FREQUENCIES, type Frequency, PAYMENTS_MAX } from '@guichet/contract';
import type { Account, PayeeNumber } from '@guichet/contract/accounts';
import { idOrNull } from '../ids.ts';
import {
  accountNumberError,
  fundsError,
  readAccountNumber,
  readAmountFor,
  referenceError,
} from '../money/rules.ts';
import type { KnownPayee } from './known-payees.ts';

/** A transfer from the form, with every field valid on its own. */
export type TypedTransfer =
  | {
      kind: 'internal';
      from: Account;
      to: Account;
      amountMinor: bigint;
      reference: string;
      executeOn: string | null;
      repeat: Repeat | null;
    }
  | ExternalTransfer;

/** How a transfer repeats, from its day on: then it's a standing order. */
export interface Repeat {
  every: Frequency;
  firstOn: string;
  lastOn: string | null;
  count: number | null;
  /** The standing order that it replaces. */
  replacesId: string | null;
}

export interface ExternalTransfer {
  kind: 'external';
  from: Account;
  payeeName: string;
  payeeNumber: PayeeNumber;
  amountMinor: bigint;
  reference: string;
  /** The bank's day on which it's to be executed, as `2026-10-31`; null: once it's approved. */
  executeOn: string | null;
  repeat: Repeat | null;
  /** Whether to save the payee. */
  save: boolean;
}

/** What is wrong with a transfer: catalog keys by field. `funds` is only about money, which the bank decides on when it is sent. */
export type ReadTransfer = { funds: Record<string, string> } & (
  | { transfer: TypedTransfer }
  | { errors: Record<string, string> }
);

/** Reads the transfer form; `today` is the bank's day, as `2026-10-31`. Rules that need the bank's data are left to the service. */
export function readTransfer(
  form: URLSearchParams,
  accounts: readonly Account[],
  payees: readonly KnownPayee[],
  today: string,
): ReadTransfer {
  const field = (name: string): string => form.get(name)?.trim() ?? '';
  const from = accounts.find(({ id }) => id === field('from_account_id'));
  const amount = readAmountFor(field('amount'), from, accounts);
  const reference = field('reference');
  const executeOn = field('execute_on') || null;
  // Until its day, the money may arrive.
  const funds = executeOn === null ? fundsError(from, amount) : {};
  const errors: Record<string, string> = {
    ...(from === undefined ? { from_account_id: 'choose_one' } : {}),
    ...('error' in amount ? { amount: amount.error } : {}),
    ...referenceError(reference),
    ...(executeOn === null || isOrderDate(executeOn, today) ? {} : { execute_on: 'date_range' }),
  };
  const repeating = readRepeat(form, executeOn);
  const repeat = 'errors' in repeating ? null : repeating.repeat;
  if ('errors' in repeating) Object.assign(errors, repeating.errors);

  if (field('kind') === 'internal') {
    const to = accounts.find(({ id }) => id === field('to_account_id'));
    if (to === undefined) errors.to_account_id = 'choose_one';
    else if (to === from) errors.to_account_id = 'refusals.same_account';
    else if (from !== undefined && to.currency !== from.currency)
      errors.to_account_id = 'refusals.currency_mismatch';
    if (from === undefined || to === undefined || 'error' in amount || Object.keys(errors).length > 0)
      return { errors, funds };
    const { amountMinor } = amount;
    return { funds, transfer: { kind: 'internal', from, to, amountMinor, reference, executeOn, repeat } };
  }

  const { name, number, isKnown } = typedPayee(form, payees);
  if (name === '') errors.payee_name = 'required';
  // The bank took the number of a known payee before.
  const numberError = isKnown ? null : accountNumberError(number);
  if (numberError !== null) errors.payee_number = numberError;
  if (from === undefined || 'error' in amount || Object.keys(errors).length > 0) return { errors, funds };
  return {
    funds,
    transfer: {
      kind: 'external',
      from,
      payeeName: name,
      payeeNumber: readAccountNumber(number),
      amountMinor: amount.amountMinor,
      reference,
      executeOn,
      repeat,
      save: !isKnown && form.has('save'),
    },
  };
}

/** Reads how the transfer repeats; null if it doesn't. */
function readRepeat(
  form: URLSearchParams,
  firstOn: string | null,
): { repeat: Repeat | null } | { errors: Record<string, string> } {
  const field = (name: string): string => form.get(name)?.trim() ?? '';
  const every = FREQUENCIES.find((one) => one === field('every'));
  const replacesId = idOrNull(field('replaces'));
  if (every === undefined)
    return replacesId === null ? { repeat: null } : { errors: { every: 'choose_one' } };
  if (firstOn === null) return { errors: { execute_on: 'required' } };
  const lastOn = field('last_on') || null;
  const count = field('count') === '' ? null : Number(field('count'));
  if (lastOn !== null && count !== null) return { errors: { count: 'one_end' } };
  if (lastOn !== null && !isDate(lastOn)) return { errors: { last_on: 'not_accepted' } };
  if (lastOn !== null && lastOn < firstOn) return { errors: { last_on: 'before_first' } };
  if (count !== null && !(Number.isInteger(count) && count >= 1 && count <= PAYMENTS_MAX))
    return { errors: { count: 'repeat_range' } };
  return { repeat: { every, firstOn, lastOn, count, replacesId } };
}

/** The chosen payee, or the one that was typed. */
export function typedPayee(
  form: URLSearchParams,
  payees: readonly KnownPayee[],
): { name: string; number: string; isKnown: boolean } {
  const field = (name: string): string => form.get(name)?.trim() ?? '';
  const known = payees.find(({ id }) => id === field('beneficiary'));
  if (known !== undefined) return { name: known.name, number: known.iban, isKnown: true };
  return { name: field('payee_name'), number: field('payee_number'), isKnown: false };
}
