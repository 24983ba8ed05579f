import { z } from 'zod';
import { EmailAddress } from '../email.ts';
import { OpaqueToken, PasswordInput } from './fields.ts';

export const PasswordChange = z.strictObject({ old_password: PasswordInput, new_password: PasswordInput });
export type PasswordChange = z.input<typeof PasswordChange>;

export const PasswordForgotten = z.strictObject({ email: EmailAddress });
export type PasswordForgotten = z.input<typeof PasswordForgotten>;

export const PasswordRecovery = z.strictObject({ token: OpaqueToken, new_password: PasswordInput });
export type PasswordRecovery = z.input<typeof PasswordRecovery>;

/** Confirms with the password a change that a stolen session alone must not make. */
export const PasswordConfirmation = z.strictObject({ password: PasswordInput });
export type PasswordConfirmation = z.input<typeof PasswordConfirmation>;
