import { ask, type Transaction } from '@guichet/database';
import { readAccountsOfRibs } from '../accounts/store.ts';
import type { BankRules } from '../bank.ts';
import { findHolders } from '../people/store.ts';
import { isOurIban } from '../ribs/make-rib.ts';
import { findRibs } from '../ribs/store.ts';
import { comparePayee, type PayeeResult } from './rules.ts';

/**
 * Compares a payee's name with the holder of an account of this bank. The holder's name is shown only where the typed one came
 * close to it: whoever knows nothing learns nothing.
 */
export async function verifyPayee(
  trx: Transaction,
  rules: BankRules,
  payee: { iban: string; name: string },
): Promise<{ result: PayeeResult; suggestion: string | null }> {
  if (!isOurIban(payee.iban, rules)) return { result: 'not_possible', suggestion: null };
  const ibans = [payee.iban];
  const [ribs, accounts, holders] = await ask(
    trx,
    findRibs(ibans),
    readAccountsOfRibs(ibans),
    findHolders(ibans),
  );
  const rib = ribs.get(payee.iban);
  if (rib === undefined || rib.retiredAt !== null) return { result: 'no_match', suggestion: null };
  const account = accounts.get(rib.accountId);
  if (account?.status !== 'open') return { result: 'no_match', suggestion: null };
  const holder = holders.get(account.ownerId)?.name ?? '';
  const result = comparePayee(payee.name, holder);
  return { result, suggestion: result === 'close_match' ? holder : null };
}
