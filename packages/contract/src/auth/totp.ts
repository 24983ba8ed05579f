import { z } from 'zod';
import { Id } from '../fields.ts';
import { Code } from './fields.ts';

export const TotpSetupView = z.object({ secret: z.string(), otpauth_uri: z.string() });
export type TotpSetup = z.output<typeof TotpSetupView>;

export const TotpConfirmation = z.strictObject({ code: Code });
export type TotpConfirmation = z.input<typeof TotpConfirmation>;

export const RecoveryCodesView = z.object({ recovery_codes: z.array(z.string()) });
export type RecoveryCodes = z.output<typeof RecoveryCodesView>;

/** POST /internal/totp/verify, for accounts. */
export const TotpCheck = z.strictObject({ user_id: Id, code: Code.nullish() });
export type TotpCheck = z.input<typeof TotpCheck>;

export const TotpCheckView = z.object({ enabled: z.boolean(), valid: z.boolean() });
export type TotpCheckResult = z.output<typeof TotpCheckView>;
