import { z } from 'zod';
import { LENGTHS } from '../lengths.ts';
import { plainText, text } from '../text.ts';

const RibParts = z.strictObject({
  bank: text(LENGTHS.ibanInput),
  branch: text(LENGTHS.ibanInput),
  number: text(LENGTHS.ibanInput),
  key: text(LENGTHS.ibanInput),
});

/** The fields in which a client names an account by its number: an `iban`, or a `rib` in parts or in 23 characters. */
export const payeeNumber = {
  iban: text(LENGTHS.ibanInput).optional(),
  rib: z.union([RibParts, text(LENGTHS.ibanInput)]).optional(),
};

export interface PayeeNumber {
  iban?: string | undefined;
  rib?: z.output<typeof RibParts> | string | undefined;
}

/** Whether exactly one of the two is given. */
export function hasOneNumber({ iban, rib }: PayeeNumber): boolean {
  return (iban === undefined) !== (rib === undefined);
}

/** The same rule in JSON Schema, for the OpenAPI documents. */
export const ONE_NUMBER = { oneOf: [{ required: ['iban'] }, { required: ['rib'] }] };

/** A payee: a name, and an `iban` or a `rib`. */
export const NamedPayee = z
  .strictObject({ name: plainText(LENGTHS.payeeName), ...payeeNumber })
  .refine(hasOneNumber, { error: 'must have either iban or rib' })
  .meta(ONE_NUMBER);
export type NamedPayee = z.input<typeof NamedPayee>;
