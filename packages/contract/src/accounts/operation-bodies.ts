import { MAX_AMOUNT_MINOR } from '@guichet/money';
import { z } from 'zod';
import { AccountCurrency, Amount, BankDate, Id } from '../fields.ts';
import { LENGTHS } from '../lengths.ts';
import { ACCOUNT_TYPES } from '../lists/accounts.ts';
import type { OperationKind } from '../lists/operations.ts';
import { FREQUENCIES, PAYMENTS_MAX } from '../lists/standing-orders.ts';
import { plainText, text } from '../text.ts';
import { hasOneNumber, NamedPayee, ONE_NUMBER, payeeNumber } from './payee-number.ts';
import { ProductCode } from './products.ts';

const reference = plainText(LENGTHS.reference).nullish();
/** From tomorrow until a year ahead; without it, the transfer is posted as soon as it's approved. */
const execute_on = BankDate.nullish();
/** A code of the second factor; blank means none. auth refuses control characters. */
const totp = text(LENGTHS.codeInput)
  .regex(/^\P{Cc}*$/u, 'must not contain control characters')
  .nullish();
/** A passkey's confirmation of the payment, in place of a code; blank means none. */
const step_up = text(LENGTHS.opaqueToken).nullish();
const proof = { totp, step_up };
const hasOneProof = (body: { totp?: string | null | undefined; step_up?: string | null | undefined }) =>
  body.totp == null || body.step_up == null;
const ONE_PROOF = { error: 'must not be given together with totp', path: ['step_up'] };
/** The same rule in JSON Schema. */
const ONE_PROOF_SCHEMA = notBoth('totp', 'string', 'step_up', 'string');
const minorOrZero = z.int().min(0).max(Number(MAX_AMOUNT_MINOR));

/**
 * The body of the request for an operation, by kind. One with a `type` is sent to POST /api/operations; every other kind has a route of its
 * own, and those that only name an account in their path have no body.
 */
export const OPERATION_BODIES = {
  deposit: z.strictObject({ type: z.literal('deposit'), account_id: Id, amount: Amount, reference }),
  withdrawal: z
    .strictObject({
      type: z.literal('withdrawal'),
      account_id: Id,
      amount: Amount,
      reference,
      ...proof,
    })
    .refine(hasOneProof, ONE_PROOF)
    .meta(ONE_PROOF_SCHEMA),
  internal_transfer: z.strictObject({
    type: z.literal('internal_transfer'),
    from_account_id: Id,
    to_account_id: Id,
    amount: Amount,
    reference,
    execute_on,
  }),
  external_transfer: z
    .strictObject({
      type: z.literal('external_transfer'),
      from_account_id: Id,
      to: NamedPayee,
      amount: Amount,
      reference,
      execute_on,
      ...proof,
    })
    .refine(hasOneProof, ONE_PROOF)
    .meta(ONE_PROOF_SCHEMA),
  /** POST /api/accounts */
  open_account: z.strictObject({
    name: plainText(LENGTHS.accountName),
    type: z.enum(ACCOUNT_TYPES),
    currency: AccountCurrency.default('EUR'),
    /** The product of the account; by default, the one that is named like the type. */
    product: ProductCode.nullish(),
  }),
  /** POST /api/accounts/{id}/close */
  close_account: null,
  /** POST /api/accounts/{id}/rib */
  renew_rib: null,
  reversal: z.strictObject({
    type: z.literal('reversal'),
    transfer_id: Id,
    reason: plainText(LENGTHS.reason),
  }),
  /** PUT /api/accounts/{id}/overdraft */
  set_overdraft: z.strictObject({ amount: minorOrZero }),
  /** PUT /api/accounts/{id}/limits */
  set_limits: z.strictObject({ operation: minorOrZero.nullable(), day: minorOrZero.nullable() }),
  /** POST /api/standing-orders */
  standing_order: z
    .strictObject({
      from_account_id: Id,
      to_account_id: Id.optional(),
      to: NamedPayee.optional(),
      amount: Amount,
      reference,
      every: z.enum(FREQUENCIES),
      /** From tomorrow until a year ahead. The last day of a month means the last day of each month. */
      first_on: BankDate,
      last_on: BankDate.nullish(),
      /** The number of payments, in place of `last_on`. */
      count: z.int().min(1).max(PAYMENTS_MAX).nullish(),
      /** A standing order of the same customer, which ends when this one begins. */
      replaces_id: Id.nullish(),
      ...proof,
    })
    .refine((body) => (body.to === undefined) !== (body.to_account_id === undefined), {
      error: 'must have either to or to_account_id',
      path: ['to'],
    })
    .refine((body) => body.last_on == null || body.count == null, {
      error: 'must not be given together with last_on',
      path: ['count'],
    })
    .refine(hasOneProof, ONE_PROOF)
    .meta({
      ...oneOf('to', 'to_account_id'),
      allOf: [ONE_PROOF_SCHEMA, notBoth('last_on', 'string', 'count', 'integer')],
    }),
  /** POST /api/payments/incoming, whose body is the file */
  incoming_payments: null,
  /** One of such a file. */
  incoming_payment: null,
  /** POST /api/payments/returns, whose body is the file */
  returned_payments: null,
  /** POST /api/payments/suspense/{id}/assign */
  suspense_assignment: z.strictObject({ account_id: Id }),
  /** POST /api/payments/suspense/{id}/return */
  suspense_return: z.strictObject({ reason: plainText(LENGTHS.reason) }),
  /** POST /api/payments/duplicates/{id}/accept */
  duplicate_acceptance: z.strictObject({ reason: plainText(LENGTHS.reason) }),
  /** POST /api/interest-runs */
  interest_run: z.strictObject({
    month: text('2026-10'.length).regex(/^[1-9]\d{3}-(0[1-9]|1[0-2])$/, 'must be a month such as 2026-10'),
    currency: AccountCurrency.default('EUR'),
  }),
  /** By an interest run. */
  interest: null,
  overdraft_interest: null,
  fee: null,
} as const satisfies Record<OperationKind, z.ZodType | null>;

/** The validated body of a kind of operation. */
export type OperationBody<Kind extends OperationKind> = z.output<
  NonNullable<(typeof OPERATION_BODIES)[Kind]>
>;

/** The body of POST /api/operations, by type. */
export const NewOperation = z.discriminatedUnion('type', [
  OPERATION_BODIES.deposit,
  OPERATION_BODIES.withdrawal,
  OPERATION_BODIES.internal_transfer,
  OPERATION_BODIES.external_transfer,
  OPERATION_BODIES.reversal,
]);
export type NewOperation = z.input<typeof NewOperation>;

/** The body of POST /api/standing-orders. */
export type NewStandingOrder = z.input<typeof OPERATION_BODIES.standing_order>;

/** The body of POST /api/interest-runs. */
export type NewInterestRun = z.input<typeof OPERATION_BODIES.interest_run>;

/** The body of POST /api/accounts. */
export type NewAccount = z.input<typeof OPERATION_BODIES.open_account>;

/** The body of POST /api/virement, the first system's request for a transfer. */
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
    amount: Amount.optional(),
    montant: Amount.optional(),
    reference,
    ...proof,
  })
  .refine(hasOneProof, ONE_PROOF)
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
      (body.to === undefined || hasOneNumber(body.to)),
    { error: 'must have one of to_account_id, compte_destination, to, iban or rib', path: ['to'] },
  )
  .meta({
    ...ONE_PROOF_SCHEMA,
    allOf: [
      oneOf('from_account_id', 'compte_source'),
      oneOf('amount', 'montant'),
      oneOf('to_account_id', 'compte_destination', 'to', 'iban', 'rib'),
    ],
  });

/** That the fields are not both given, in JSON Schema; null counts as not given. */
function notBoth(one: string, itsType: string, other: string, othersType: string) {
  return {
    not: { required: [one, other], properties: { [one]: { type: itsType }, [other]: { type: othersType } } },
  };
}

/** That exactly one of the fields is given, in JSON Schema. */
function oneOf(...fields: string[]) {
  return { oneOf: fields.map((field) => ({ required: [field] })) };
}
