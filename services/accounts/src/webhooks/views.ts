import type {
  Delivery as DeliveryShown,
  Webhook as WebhookShown,
  WebhookWithSecret,
} from '@guichet/contract/accounts';
import { queryOnce, type Readable } from '@guichet/database';
import { WAITING_MAX } from './rules.ts';
import { countWaiting } from './store.ts';
import type { Delivery, Webhook } from './webhook.ts';

/** A webhook as its owner sees it, without its secret. */
export async function viewWebhook(db: Readable, webhook: Webhook, now: Date): Promise<WebhookShown> {
  return viewState(webhook, now, await queryOnce(db, countWaiting(webhook.id, WAITING_MAX)));
}

function viewState(webhook: Webhook, now: Date, waiting: number): WebhookShown {
  const { previousUntil } = webhook;
  return {
    id: webhook.id,
    url: webhook.url,
    events: webhook.events,
    description: webhook.description,
    status: webhook.status,
    disabled_reason: webhook.trouble,
    failing_since: webhook.failingSince?.toISOString() ?? null,
    previous_secret_until: previousUntil !== null && previousUntil > now ? previousUntil.toISOString() : null,
    waiting,
    created_at: webhook.createdAt.toISOString(),
  };
}

/** A message; `webhook` is undefined if it was deleted a moment ago. */
export function viewDelivery(delivery: Delivery, webhook: Webhook | undefined): DeliveryShown {
  const retryAt = delivery.status === 'waiting' && webhook?.status === 'active' ? webhook.retryAt : null;
  return {
    id: delivery.id,
    type: delivery.type,
    status: delivery.status,
    attempts: delivery.attempts,
    happened_at: delivery.happenedAt.toISOString(),
    last_attempt_at: delivery.lastAttemptAt?.toISOString() ?? null,
    next_attempt_at: retryAt?.toISOString() ?? null,
    response_status: delivery.responseStatus,
    response: delivery.response,
    error: delivery.error,
  };
}

/** A new webhook, or one with a new secret, which is still sealed. */
export function viewNewWebhook(webhook: Webhook, now: Date): WebhookWithSecret {
  return { ...viewState(webhook, now, 0), secret: webhook.secret };
}
