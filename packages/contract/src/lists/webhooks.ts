/** The kinds of event that a webhook can be notified of. */
export const WEBHOOK_EVENTS = [
  'operation.requested',
  'operation.posted',
  'operation.rejected',
  'operation.cancelled',
  'operation.expired',
  'account.opened',
  'account.closed',
  'account.credited',
  'account.debited',
  'standing_order.skipped',
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** The kind of the message that the test button sends. It can't be subscribed to. */
export const WEBHOOK_TEST = 'webhook.test';
export const WEBHOOK_MESSAGES = [...WEBHOOK_EVENTS, WEBHOOK_TEST] as const;
export type WebhookMessage = (typeof WEBHOOK_MESSAGES)[number];

/** A disabled webhook gets nothing, until a test of it succeeds. */
export const WEBHOOK_STATUSES = ['active', 'disabled'] as const;
export type WebhookStatus = (typeof WEBHOOK_STATUSES)[number];

/** Why a webhook was disabled: it answered 410, failed for days, or too much waited for it. */
export const WEBHOOK_TROUBLES = ['gone', 'failing', 'queue_full'] as const;
export type WebhookTrouble = (typeof WEBHOOK_TROUBLES)[number];

/** `dead`: given up. `withheld`: not sent, because its owner may no longer receive it. */
export const DELIVERY_STATUSES = ['waiting', 'delivered', 'dead', 'withheld'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** Why an attempt failed, besides an answer with another status than 2xx. */
export const DELIVERY_ERRORS = [
  'unsafe_url',
  'not_resolved',
  'not_connected',
  'certificate',
  'timeout',
  'no_answer',
  'redirect',
  'disabled',
] as const;
export type DeliveryError = (typeof DELIVERY_ERRORS)[number];

/** The most webhooks that one user can have. */
export const WEBHOOKS_MAX = 10;
