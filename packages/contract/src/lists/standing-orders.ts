/** How often a standing order pays. */
export const FREQUENCIES = ['week', 'month', 'quarter', 'year'] as const;
export type Frequency = (typeof FREQUENCIES)[number];

/**
 * `pending`: it waits for its agents. `suspended`: its payee or its account can't be used any more. `ended`: by its customer, or after its last
 * payment. `rejected`: no agent approved it.
 */
export const STANDING_ORDER_STATUSES = [
  'pending',
  'active',
  'paused',
  'suspended',
  'ended',
  'rejected',
] as const;
export type StandingOrderStatus = (typeof STANDING_ORDER_STATUSES)[number];

/** What became of a payment: `postponed` is tried again, `skipped` came to nothing, and `stopped` was cancelled or rejected before it was made. */
export const PAYMENT_RESULTS = ['posted', 'postponed', 'skipped', 'stopped'] as const;
export type PaymentResult = (typeof PAYMENT_RESULTS)[number];

/** The most payments that a standing order can be limited to. */
export const PAYMENTS_MAX = 1_000;
