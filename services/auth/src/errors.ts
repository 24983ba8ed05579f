import { refusals } from '@guichet/errors';

/** The refusals of the auth service; those that all services share are in @guichet/errors. */
export const refuse = refusals({
  username_taken: [409, 'This username is taken'],
  email_taken: [409, 'This email address is already in use'],
  password_too_weak: [422, 'This password is too easy to guess'],
  invalid_credentials: [401, 'Incorrect username or password'],
  totp_required: [401, 'Security code required'],
  invalid_totp: [401, 'This code is incorrect or has already been used'],
  invalid_sign_in: [401, 'This sign-in has expired'],
  account_pending: [403, 'Your registration is still pending'],
  account_rejected: [403, 'Your registration was rejected'],
  account_deactivated: [403, 'Your account has been deactivated'],
  too_many_attempts: [429, 'Too many failed attempts'],
  invalid_refresh_token: [401, 'Invalid refresh token'],
  wrong_password: [403, 'Incorrect password'],
  invalid_link: [400, 'This link is no longer valid'],
  scope_too_wide: [422, 'A token can’t have more scopes than its owner'],
  last_superuser: [409, 'The bank needs another active superuser first'],
  not_active: [409, 'This user isn’t active'],
  name_changed: [409, 'The name has changed since you opened it'],
  not_pending: [409, 'This user isn’t pending'],
  user_has_accounts: [409, 'This user still has money or pending requests'],
  idempotency_key_reused: [422, 'This idempotency key was used for a different request'],
  totp_already_enabled: [409, 'Two-factor authentication is already on'],
  invalid_passkey: [422, 'This passkey could not be verified'],
  no_passkey: [409, 'You have no passkey'],
  invalid_iban: [422, 'Invalid IBAN'],
  too_many_passkeys: [409, 'You can’t have more passkeys'],
});

/** While signing in, a wrong code is a failed sign-in (401); while setting up two-factor authentication, it's an invalid input (422). */
export const refuseSetup = refusals({
  invalid_totp: [422, 'This code is incorrect or has already been used'],
});
