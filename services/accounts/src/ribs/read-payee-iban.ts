import { LENGTHS, text } from '@guichet/contract';
import { isIban, isRib, normalizeIban, parseRib, ribToIban } from '@guichet/iban';
import { z } from 'zod';
import { refuse } from '../errors.ts';

const ribParts = z.strictObject({
  bank: text(LENGTHS.ibanInput),
  branch: text(LENGTHS.ibanInput),
  number: text(LENGTHS.ibanInput),
  key: text(LENGTHS.ibanInput),
});

/** The fields in which a client names an account by its number: an `iban`, or a `rib` in parts or in 23 characters. */
export const payeeNumber = {
  iban: text(LENGTHS.ibanInput).optional(),
  rib: z.union([ribParts, text(LENGTHS.ibanInput)]).optional(),
};

export interface PayeeNumber {
  iban?: string | undefined;
  rib?: z.output<typeof ribParts> | string | undefined;
}

/** The same rule in JSON Schema, for the documents. */
export const ONE_NUMBER = { oneOf: [{ required: ['iban'] }, { required: ['rib'] }] };

/** Whether exactly one of the two is given, as the contract has it. */
export function namesOneNumber({ iban, rib }: PayeeNumber): boolean {
  return (iban === undefined) !== (rib === undefined);
}

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
