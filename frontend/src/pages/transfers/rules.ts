import { LENGTHS } from '@guichet/contract';
import type { Account, Beneficiary, PayeeNumber } from '@guichet/contract/accounts';
import { readAccountNumber, readAmountFor } from '../money/rules.ts';

/** A transfer from the form, with every field valid on its own. */
export type TypedTransfer =
  | { kind: 'internal'; from: Account; to: Account; amountMinor: bigint; reference: string }
  | {
      kind: 'external';
      from: Account;
      payeeName: string;
      payeeNumber: PayeeNumber;
      amountMinor: bigint;
      reference: string;
      /** Whether to save the payee. */
      save: boolean;
    };

/** Reads the transfer form; `errors` are catalog keys by field. Rules that need the bank's data are left to the service. */
export function readTransfer(
  form: URLSearchParams,
  accounts: readonly Account[],
  beneficiaries: readonly Beneficiary[],
): { transfer: TypedTransfer } | { errors: Record<string, string> } {
  const field = (name: string): string => form.get(name)?.trim() ?? '';
  const errors: Record<string, string> = {};

  const from = accounts.find(({ id }) => id === field('from_account_id'));
  if (from === undefined) errors.from_account_id = 'choose_one';
  const amount = readAmountFor(field('amount'), from, accounts);
  if ('error' in amount) errors.amount = amount.error;
  const reference = field('reference');
  if ([...reference].length > LENGTHS.reference) errors.reference = 'reference_too_long';

  if (field('kind') === 'internal') {
    const to = accounts.find(({ id }) => id === field('to_account_id'));
    if (to === undefined) errors.to_account_id = 'choose_one';
    else if (to === from) errors.to_account_id = 'refusals.same_account';
    if (from === undefined || to === undefined || 'error' in amount || Object.keys(errors).length > 0)
      return { errors };
    return { transfer: { kind: 'internal', from, to, amountMinor: amount.amountMinor, reference } };
  }

  const saved = beneficiaries.find(({ id }) => id === field('beneficiary'));
  const payeeName = saved?.name ?? field('payee_name');
  const payeeNumber = saved?.iban ?? field('payee_number');
  if (payeeName === '') errors.payee_name = 'required';
  if (payeeNumber === '') errors.payee_number = 'required';
  if (from === undefined || 'error' in amount || Object.keys(errors).length > 0) return { errors };
  return {
    transfer: {
      kind: 'external',
      from,
      payeeName,
      payeeNumber: readAccountNumber(payeeNumber),
      amountMinor: amount.amountMinor,
      reference,
      save: saved === undefined && form.has('save'),
    },
  };
}
