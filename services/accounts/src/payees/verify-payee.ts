import type { PayeeCheck, PayeeNumber } from '@guichet/contract/accounts';
import { query } from '@guichet/database';
import { findPayees } from '../accounts/store.ts';
import type { Deps } from '../deps.ts';
import { once } from '../idempotency/once.ts';
import type { Idempotency, Outcome } from '../idempotency/outcome.ts';
import { isOurIban } from '../ribs/make-rib.ts';
import { readPayeeIban } from '../ribs/read-payee-iban.ts';
import { countCheck } from './count-checks.ts';
import { comparePayee } from './rules.ts';

/**
 * Compares a payee's name with the verified name of an account's holder. The holder's name is shown only on a close match, when the payer knew it
 * except for a small error. A holder without a verified name matches nothing.
 * @returns the result, or too_many_requests, invalid_iban, invalid_rib
 */
export function verifyPayee(
  deps: Deps,
  userId: string,
  payee: PayeeNumber & { name: string },
  idempotency: Idempotency<PayeeCheck> | null,
): Promise<Outcome<PayeeCheck>> {
  return once(deps, idempotency, async (trx): Promise<PayeeCheck> => {
    await countCheck(trx, userId, deps.clock());
    const iban = readPayeeIban(payee);
    if (!isOurIban(iban, deps.rules)) return { result: 'not_possible', suggestion: null };
    const [payees] = await query(trx, findPayees([iban]));
    const found = payees.get(iban);
    if (found === undefined || found.retiredAt !== null || found.account.status !== 'open') {
      return { result: 'no_match', suggestion: null };
    }
    const result = comparePayee(payee.name, found.holder);
    return { result, suggestion: result === 'close_match' ? found.account.ownerName : null };
  });
}
