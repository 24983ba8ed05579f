import { z } from 'zod';
import { Id, Time } from '../fields.ts';
import { LENGTHS } from '../lengths.ts';
import {
  DELIVERY_ERRORS,
  DELIVERY_STATUSES,
  WEBHOOK_EVENTS,
  WEBHOOK_MESSAGES,
  WEBHOOK_STATUSES,
  WEBHOOK_TEST,
  WEBHOOK_TROUBLES,
} from '../lists/webhooks.ts';
import { plainText, text } from '../text.ts';
import { AccountView } from './account-views.ts';
import { OperationEntryView } from './ledger-views.ts';
import { OperationView } from './operation-views.ts';
import { StandingOrderView } from './standing-orders.ts';

/** The body of POST /api/webhooks. */
export const NewWebhook = z.strictObject({
  url: text(LENGTHS.webhookUrl)
    .min(1)
    .meta({ examples: ['https://example.com/guichet'] }),
  events: z.array(z.enum(WEBHOOK_EVENTS)).min(1).max(WEBHOOK_EVENTS.length),
  description: plainText(LENGTHS.webhookDescription).nullish(),
});
export type NewWebhook = z.input<typeof NewWebhook>;

/** The body of POST /api/webhooks/{id}/send-again. */
export const SendAgain = z.strictObject({ message_id: Id });

/** A subscription to events. */
export const WebhookView = z
  .object({
    id: Id,
    url: z.string(),
    events: z.array(z.enum(WEBHOOK_EVENTS)),
    description: z.string().nullable(),
    status: z.enum(WEBHOOK_STATUSES),
    /** Why it's disabled. */
    disabled_reason: z.enum(WEBHOOK_TROUBLES).nullable(),
    /** Since when every attempt has failed. */
    failing_since: Time.nullable(),
    /** Until when messages also have a signature with the previous secret. */
    previous_secret_until: Time.nullable(),
    /** How many messages wait. */
    waiting: z.int(),
    created_at: Time,
  })
  .meta({ id: 'Webhook' });
export type Webhook = z.output<typeof WebhookView>;

/** With the secret that verifies its messages, which is shown this once. */
export const WebhookWithSecret = WebhookView.extend({
  secret: z.string().meta({ examples: ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'] }),
}).meta({ id: 'WebhookWithSecret' });
export type WebhookWithSecret = z.output<typeof WebhookWithSecret>;

/** A message of a webhook, and what came of it. */
export const DeliveryView = z
  .object({
    /** The `webhook-id` of the message, the same in each attempt. */
    id: Id,
    type: z.enum(WEBHOOK_MESSAGES),
    status: z.enum(DELIVERY_STATUSES),
    attempts: z.int(),
    happened_at: Time,
    last_attempt_at: Time.nullable(),
    /** When a message that waits is tried next, if those before it are delivered. */
    next_attempt_at: Time.nullable(),
    /** The last answer: its status, and the first characters of its body. */
    response_status: z.int().nullable(),
    response: z.string().nullable(),
    /** Why there was no answer, or why it counts for none. */
    error: z.enum(DELIVERY_ERRORS).nullable(),
  })
  .meta({ id: 'WebhookDelivery' });
export type Delivery = z.output<typeof DeliveryView>;

const message = <Type extends string, Data extends z.ZodType>(
  types: readonly [Type, ...Type[]],
  data: Data,
) => z.object({ type: z.enum(types), timestamp: Time, data });

/** The body of a message: `data` as the API shows it to the webhook's owner. */
export const WebhookPayload = z
  .discriminatedUnion('type', [
    message(
      [
        'operation.requested',
        'operation.posted',
        'operation.rejected',
        'operation.cancelled',
        'operation.expired',
      ],
      OperationView,
    ),
    message(['account.opened', 'account.closed'], AccountView),
    message(['account.credited', 'account.debited'], OperationEntryView),
    message(['standing_order.skipped'], StandingOrderView),
    message([WEBHOOK_TEST], z.object({ webhook_id: Id })),
  ])
  .meta({ id: 'WebhookPayload' });
export type WebhookPayload = z.output<typeof WebhookPayload>;
