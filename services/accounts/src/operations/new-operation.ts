import { LENGTHS, plainText, text } from '@guichet/contract';
import { Id } from '@guichet/http';
import { amountSchema, currencySchema } from '@guichet/money';
import { z } from 'zod';
import { namesOneNumber, ONE_NUMBER, payeeNumber } from '../ribs/read-payee-iban.ts';

const amount = amountSchema;
const reference = plainText(LENGTHS.reference).nullish();
/** A code of the second factor; blank means none. auth refuses control characters. */
const totp = text(LENGTHS.codeInput)
  .regex(/^\P{Cc}*$/u, 'must not contain control characters')
  .nullish();
const NOT_ONE_NUMBER = { error: 'must have either iban or rib' };

/** The body of POST /api/operations, by type. */
export const NewOperation = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('deposit'), account_id: Id, amount, reference }),
  z.strictObject({ type: z.literal('withdrawal'), account_id: Id, amount, reference, totp }),
  z.strictObject({
    type: z.literal('internal_transfer'),
    from_account_id: Id,
    to_account_id: Id,
    amount,
    reference,
  }),
  z.strictObject({
    type: z.literal('external_transfer'),
    from_account_id: Id,
    to: z
      .strictObject({ name: plainText(LENGTHS.payeeName), ...payeeNumber })
      .refine(namesOneNumber, NOT_ONE_NUMBER)
      .meta(ONE_NUMBER),
    amount,
    reference,
    totp,
  }),
  z.strictObject({ type: z.literal('reversal'), transfer_id: Id, reason: plainText(LENGTHS.reason) }),
]);

/** The body of POST /api/accounts. */
export const NewAccount = z.strictObject({
  name: plainText(LENGTHS.accountName),
  type: z.enum(['current', 'savings']),
  currency: currencySchema.default('EUR'),
});

/** The body of POST /api/virement, the first system's way to ask for a transfer. */
export const NewVirement = z
  .strictObject({
    from_account_id: Id.optional(),
    compte_source: Id.optional(),
    to_account_id: Id.optional(),
    compte_destination: Id.optional(),
    to: z
      .strictObject({ name: plainText(LENGTHS.payeeName).nullish(), ...payeeNumber })
      .meta(ONE_NUMBER)
      .optional(),
    ...payeeNumber,
    amount: amount.optional(),
    montant: amount.optional(),
    reference,
    totp,
  })
  .refine((body) => (body.from_account_id === undefined) !== (body.compte_source === undefined), {
    error: 'must have either from_account_id or compte_source',
    path: ['from_account_id'],
  })
  .refine((body) => (body.amount === undefined) !== (body.montant === undefined), {
    error: 'must have either amount or montant',
    path: ['amount'],
  })
  .refine(
    (body) =>
      [body.to_account_id, body.compte_destination, body.to, body.iban, body.rib].filter(
        (one) => one !== undefined,
      ).length === 1 &&
      (body.to === undefined || namesOneNumber(body.to)),
    { error: 'must have one of to_account_id, compte_destination, to, iban or rib', path: ['to'] },
  )
  .meta({
    allOf: [
      oneOf('from_account_id', 'compte_source'),
      oneOf('amount', 'montant'),
      oneOf('to_account_id', 'compte_destination', 'to', 'iban', 'rib'),
    ],
  });

/** That exactly one of the fields is given, in JSON Schema. */
function oneOf(...fields: string[]) {
  return { oneOf: fields.map((field) => ({ required: [field] })) };
}
