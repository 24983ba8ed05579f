import { refusals } from '@guichet/errors';

/** Every refusal of this service; those that all services share are in @guichet/errors. */
export const refuse = refusals({
  username_taken: [409, 'This username is taken'],
  email_taken: [409, 'Somebody has this e-mail address already'],
  password_too_weak: [422, 'This password is too easy to guess'],
  invalid_credentials: [401, 'The username or the password is wrong'],
  totp_required: [401, 'A code of your authenticator app is needed'],
  invalid_totp: [401, 'This code is wrong, or was used already'],
  account_pending: [403, 'Your registration is still pending'],
  account_rejected: [403, 'Your registration was rejected'],
  account_deactivated: [403, 'Your access was deactivated'],
  too_many_attempts: [429, 'Too many failed attempts'],
  invalid_refresh_token: [401, 'This refresh token is not valid'],
  wrong_password: [403, 'This is not your password'],
  invalid_link: [400, 'This link is not valid any more'],
  scope_too_wide: [422, 'A token can do no more than its owner'],
  not_active: [409, 'This user is not active'],
  name_changed: [409, 'The name has changed since it was shown'],
  not_pending: [409, 'This user is not waiting for a decision'],
  user_has_accounts: [409, 'This user still has money or requests in the bank'],
  totp_already_enabled: [409, 'The second factor is on already'],
});

/** At login a wrong code is a failure to sign in (401); where the second factor is being set up it breaks a rule (422). */
export const refuseSetup = refusals({
  invalid_totp: [422, 'This code is wrong, or was used already'],
});
