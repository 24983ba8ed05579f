import type { PayeeCheckResult } from '@guichet/contract';
import { query, type Transaction } from '@guichet/database';
import { findPayees } from '../accounts/store.ts';
import type { BankRules } from '../bank.ts';
import { isOurIban } from '../ribs/make-rib.ts';
import { comparePayee } from './rules.ts';

/**
 * Compares a payee's name with the verified name of an account's holder. The holder's name is shown only on a close match, when the payer
 * already knew it except for a slip. A holder without a verified name matches nothing.
 */
export async function verifyPayee(
  trx: Transaction,
  rules: BankRules,
  payee: { iban: string; name: string },
): Promise<{ result: PayeeCheckResult; suggestion: string | null }> {
  if (!isOurIban(payee.iban, rules)) return { result: 'not_possible', suggestion: null };
  const [payees] = await query(trx, findPayees([payee.iban]));
  const found = payees.get(payee.iban);
  if (found === undefined || found.retiredAt !== null || found.account.status !== 'open') {
    return { result: 'no_match', suggestion: null };
  }
  const result = comparePayee(payee.name, found.holder);
  return { result, suggestion: result === 'close_match' ? found.account.ownerName : null };
}
