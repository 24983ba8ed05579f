import { z } from 'zod';
import { Code } from './fields.ts';

export const TotpSetupView = z.object({ secret: z.string(), otpauth_uri: z.string() });
export type TotpSetup = z.output<typeof TotpSetupView>;

export const TotpConfirmation = z.strictObject({ code: Code });
export type TotpConfirmation = z.input<typeof TotpConfirmation>;

export const RecoveryCodesView = z.object({ recovery_codes: z.array(z.string()) });
export type RecoveryCodes = z.output<typeof RecoveryCodesView>;
