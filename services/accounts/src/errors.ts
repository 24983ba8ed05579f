import { refusals } from '@guichet/errors';

/** Every refusal of the accounts service that has a name of its own. */
export const refuse = refusals({
  // What a request for an operation, and its approval, are held to.
  no_active_agent: [409, 'No agent is active who could decide this'],
  insufficient_funds: [409, 'The account does not hold enough'],
  account_not_open: [409, 'The account is not open'],
  account_not_empty: [409, 'The account still holds money or reservations'],
  retired_rib: [409, 'This RIB was replaced by another'],
  currency_mismatch: [409, 'The accounts have different currencies'],
  already_reversed: [409, 'The transfer was reversed already'],
  limit_exceeded: [409, 'The limit of the account would be exceeded'],
  balance_too_large: [409, 'The account would hold more than an account may'],
  account_not_found: [404, 'Nobody has this account at this bank'],
  same_account: [422, 'Both accounts are the same'],
  invalid_iban: [422, 'This is no valid IBAN'],
  invalid_rib: [422, 'This is no valid RIB'],
  not_your_account_pair: [422, 'The second account is not one of yours'],
  totp_required: [403, 'A code of your second factor is needed'],
  invalid_totp: [403, 'The code is not right'],

  // What a decision is held to.
  not_pending: [409, 'The operation is decided already'],
  not_your_own_request: [403, 'You cannot decide your own request'],
  already_decided_by_you: [403, 'You decided this already; another agent must'],

  // Accounts.
  overdraft_in_use: [409, 'The overdraft is in use beyond that'],
  user_has_accounts: [409, 'The user still has money or waiting requests'],

  // Idempotency.
  idempotency_key_reused: [422, 'The key was used for another request'],
  request_in_progress: [409, 'The first request with this key still runs'],
});

export type RefusalCode = keyof typeof refuse;

/** What a refusal on a row says: its code, and its title where the code is still known. */
export function describeRefusal(code: string | null): { code: string; title: string } | null {
  if (code === null) return null;
  return { code, title: refuse[code as RefusalCode]?.title ?? code };
}
