import { z } from 'zod';
import { Id, Time } from '../fields.ts';
import { LENGTHS } from '../lengths.ts';
import { text } from '../text.ts';
import { Code, OpaqueToken, PasswordInput } from './fields.ts';
import { UserView } from './users.ts';

export const Login = z.strictObject({
  /** Or the confirmed email address. */
  username: text(LENGTHS.email).min(1),
  password: PasswordInput,
  /** Or a recovery code. */
  totp: text(LENGTHS.codeInput).trim().nullish(),
  /** From an earlier sign-in of the user on this device: then it isn't locked by the failures of others. */
  device_token: OpaqueToken.nullish(),
});
export type Login = z.input<typeof Login>;

/** The second step of a sign-in, which needs no password. */
export const SecondFactor = z.strictObject({
  /** The `sign_in` of the refusal `totp_required`. */
  sign_in: OpaqueToken,
  /** Or a recovery code. */
  totp: Code,
});
export type SecondFactor = z.input<typeof SecondFactor>;

export const Refresh = z.strictObject({ refresh_token: OpaqueToken });
export type Refresh = z.input<typeof Refresh>;

export const SignedInView = z
  .object({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    /** Seconds. */
    expires_in: z.int(),
    refresh_token: z.string(),
    scope: z.string(),
    user: UserView,
  })
  .meta({ id: 'SignedIn' });
export type SignedIn = z.output<typeof SignedInView>;

/** The reply to a sign-in. */
export const NewSessionView = SignedInView.extend({
  /** For the field of the same name at the next sign-in on this device; null after one with a passkey, which no failures of others lock. */
  device_token: z.string().nullable(),
}).meta({ id: 'NewSession' });
export type NewSession = z.output<typeof NewSessionView>;

export const SessionView = z
  .object({
    id: Id,
    created_at: Time,
    last_used_at: Time,
    user_agent: z.string().nullable(),
    ip: z.string().nullable(),
    current: z.boolean(),
  })
  .meta({ id: 'Session' });
export type Session = z.output<typeof SessionView>;
