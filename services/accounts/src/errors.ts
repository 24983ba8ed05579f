import { refusals } from '@guichet/errors';

/** The refusals of the accounts service; those that all services share are in @guichet/errors. */
export const refuse = refusals({
  // Requesting and approving an operation.
  no_active_agent: [409, 'No agent is available to review this'],
  insufficient_funds: [409, 'Insufficient funds'],
  account_not_open: [409, 'Account not open'],
  account_not_empty: [409, 'The account still has a balance or reserved funds'],
  retired_rib: [409, 'This RIB has been replaced'],
  currency_mismatch: [409, 'The accounts have different currencies'],
  already_reversed: [409, 'The transfer has already been reversed'],
  already_requested: [409, 'This has already been requested'],
  customer_not_active: [409, 'The customer’s access is deactivated'],
  file_already_received: [409, 'This file has already been received'],
  not_in_suspense: [409, 'The payment isn’t in suspense'],
  not_a_duplicate: [409, 'The payment isn’t a duplicate'],
  file_not_approved: [409, 'No agent has approved the file'],
  not_reversible: [409, 'This can’t be reversed'],
  order_not_active: [409, 'The standing order isn’t active'],
  limit_exceeded: [409, 'Account limit exceeded'],
  balance_too_large: [409, 'The balance would exceed the maximum for an account'],
  account_not_found: [404, 'Account not found'],
  invalid_file: [422, 'Invalid payment file'],
  product_not_found: [404, 'Product not found'],
  month_not_over: [409, 'The month isn’t over, or its interest isn’t added up yet'],
  already_capitalized: [409, 'The interest of this month has already been paid'],
  nothing_to_capitalize: [409, 'No interest and no fees are due'],
  product_type_mismatch: [422, 'The product is for accounts of another type'],
  same_account: [422, 'The two accounts must be different'],
  invalid_iban: [422, 'Invalid IBAN'],
  invalid_rib: [422, 'Invalid RIB'],
  not_your_account_pair: [422, 'The second account isn’t one of yours'],
  totp_required: [403, 'Security code required'],
  invalid_totp: [403, 'Invalid security code'],

  // Deciding an operation.
  not_pending: [409, 'The operation has already been decided'],
  not_your_own_request: [403, 'You can’t decide your own request'],
  already_decided_by_you: [403, 'You’ve already decided this; another agent must review it'],

  // Batches of transfers to other banks.
  already_in_batch: [409, 'The transfer is in a batch for the other bank'],
  nothing_to_send: [422, 'No transfer is waiting to be sent'],
  batch_not_created: [409, 'The batch has already been sent'],
  batch_not_sent: [409, 'The batch isn’t on its way'],

  // Accounts.
  overdraft_in_use: [409, 'The account is already overdrawn beyond this amount'],
  product_type_fixed: [409, 'The type of a product can’t change'],
  rate_begins_in_past: [409, 'Rates can’t begin on a day that is over'],
  user_has_accounts: [409, 'The user still has money or pending requests'],

  // Webhooks.
  unsafe_url: [422, 'Webhooks can’t be sent to this address'],
  webhook_disabled: [409, 'The webhook is disabled: test it first'],
  too_many_webhooks: [409, 'You already have as many webhooks as are allowed'],

  // Idempotency.
  idempotency_key_reused: [422, 'This idempotency key was used for a different request'],
  request_in_progress: [409, 'A request with this idempotency key is still in progress'],
});

type RefusalCode = keyof typeof refuse;

/** The code and title of a stored refusal; the code alone if it no longer exists. */
export function describeRefusal(code: string | null): { code: string; title: string } | null {
  if (code === null) return null;
  return { code, title: refuse[code as RefusalCode]?.title ?? code };
}
