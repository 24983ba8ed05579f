/**
 * The states of a batch of transfers to other banks, in the only order in which they follow each other: `created` with its file, `sent` to the
 * clearing system, and `settled` once the money has left the bank's account at the central bank.
 */
export const BATCH_STATUSES = ['created', 'sent', 'settled'] as const;
export type BatchStatus = (typeof BATCH_STATUSES)[number];

/** The way of a posted transfer to another bank: it waits for a batch, has the state of its batch, or was returned by the other bank. */
export const PAYMENT_STATUSES = ['waiting', ...BATCH_STATUSES, 'returned'] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];
