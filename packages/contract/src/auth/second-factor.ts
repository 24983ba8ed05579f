import { z } from 'zod';
import { Amount, Id } from '../fields.ts';
import { LENGTHS } from '../lengths.ts';
import { text } from '../text.ts';
import { Code, OpaqueToken } from './fields.ts';

const Currency = text(3).regex(/^[A-Z]{3}$/, 'must be a code of ISO 4217');

/** POST /api/auth/step-up/options: the payment that a passkey confirms. */
export const StepUpRequest = z.strictObject({
  amount: Amount,
  /** The payee's; for a withdrawal, that of the account itself. */
  iban: text(LENGTHS.ibanInput).min(1),
  /** Of the account that pays. */
  currency: Currency.default('EUR'),
});
export type StepUpRequest = z.input<typeof StepUpRequest>;

export const StepUpView = z.object({
  step_up: z
    .string()
    .meta({ description: 'Good once, for five minutes, for this amount, currency and IBAN' }),
});
export type StepUp = z.output<typeof StepUpView>;

/** POST /internal/second-factor/verify, for accounts. Without a code and a confirmation it only asks whether the user has a second factor. */
export const SecondFactorCheck = z.strictObject({
  user_id: Id,
  code: Code.nullish(),
  /** A confirmation by a passkey, and the payment that will be requested. */
  step_up: z
    .strictObject({ value: OpaqueToken, amount: Amount, currency: Currency, iban: text(LENGTHS.iban) })
    .nullish(),
});
export type SecondFactorCheck = z.input<typeof SecondFactorCheck>;

export const SecondFactorCheckView = z.object({ enabled: z.boolean(), valid: z.boolean() });
