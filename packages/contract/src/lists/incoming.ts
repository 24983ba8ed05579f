/** What became of a payment in a file from another bank. `pending`: the file isn't approved, or just about to be posted. */
export const INCOMING_STATUSES = [
  'pending',
  'credited',
  'duplicate',
  'suspense',
  'assigned',
  'returned',
  'rejected',
] as const;
export type IncomingStatus = (typeof INCOMING_STATUSES)[number];

/** The reason why a payment could not be credited, or is no longer. `reversed` and `unassigned`: its credit or its assignment was reversed. */
export const SUSPENSE_REASONS = [
  'account_not_found',
  'retired_rib',
  'account_not_open',
  'currency_mismatch',
  'balance_too_large',
  'already_reversed',
  'transfer_not_found',
  'reversed',
  'unassigned',
] as const;
export type SuspenseReason = (typeof SUSPENSE_REASONS)[number];

/** The most bytes, and payments, of one file. */
export const PAYMENT_FILE_BYTES_MAX = 32 * 1024 * 1024;
export const PAYMENT_FILE_ITEMS_MAX = 50_000;
