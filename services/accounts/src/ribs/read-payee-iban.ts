import type { PayeeNumber } from '@guichet/contract/accounts';
import { isIban, isRib, normalizeIban, parseRib, ribToIban } from '@guichet/iban';
import { refuse } from '../errors.ts';

/** An invalid IBAN or RIB, as the client wrote it. */
export interface InvalidNumber {
  refusal: 'invalid_iban' | 'invalid_rib';
  typed: NonNullable<PayeeNumber['rib']>;
}

/** The IBAN that a client means, normalized. */
export function parsePayeeIban({ iban, rib }: PayeeNumber): string | InvalidNumber {
  if (iban !== undefined) {
    const normalized = normalizeIban(iban);
    return isIban(normalized) ? normalized : { refusal: 'invalid_iban', typed: iban };
  }
  const parsed = parseRib(
    typeof rib === 'object' ? `${rib.bank}${rib.branch}${rib.number}${rib.key}` : (rib ?? ''),
  );
  if (parsed === null || !isRib(parsed)) return { refusal: 'invalid_rib', typed: rib ?? '' };
  return ribToIban(parsed);
}

/** The same. @throws Problem invalid_iban, invalid_rib */
export function readPayeeIban(number: PayeeNumber): string {
  const iban = parsePayeeIban(number);
  if (typeof iban !== 'string') throw refuse[iban.refusal]();
  return iban;
}
