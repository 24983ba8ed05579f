import type { WebhookTrouble } from '@guichet/contract';
import { type Actor, type AuditFacts, plain, sentence } from '@guichet/contract/events';
import { newId } from '@guichet/database';
import { mailMessage, type OutboxMessage } from '@guichet/events';
import { actionLogged } from '../audit.ts';
import { type Delivery, hostOf, type Webhook } from './webhook.ts';

/** What an owner did with their webhook. */
const DONE = {
  WEBHOOK_CREATED: 'created',
  WEBHOOK_SECRET_ROTATED: 'given a new secret',
  WEBHOOK_DELETED: 'deleted',
  WEBHOOK_TESTED: 'tested',
  WEBHOOK_SENT_AGAIN: 'asked for a message again',
  WEBHOOK_DISABLED: 'disabled',
  WEBHOOK_DEAD_LETTERED: 'unable to receive a message',
} as const;

/** The audit event of something that was done with a webhook. */
export function webhookLogged({
  action,
  webhook,
  actor,
  correlationId,
  now,
  data = {},
}: {
  action: keyof typeof DONE;
  webhook: Webhook;
  /** Null if the bank did it. */
  actor: Actor | null;
  correlationId: string | null;
  now: Date;
  data?: Omit<AuditFacts<'WEBHOOK_TESTED'>['data'], 'webhook_host'>;
}): OutboxMessage {
  return actionLogged(now, correlationId, {
    action,
    actor,
    subject: { type: 'webhook', id: webhook.id },
    concerns: [webhook.ownerId],
    sentence: sentence`A webhook was ${plain(DONE[action])}`,
    data: { webhook_host: hostOf(webhook), ...data },
  });
}

interface About {
  webhook: Webhook;
  now: Date;
}

/** The mail to the owner about a new webhook. */
export function createdMailed({
  webhook,
  correlationId,
  now,
}: About & { correlationId: string }): OutboxMessage {
  return mailMessage({
    id: newId(now),
    time: now.toISOString(),
    to: { user_id: webhook.ownerId },
    correlation_id: correlationId,
    template: 'webhook_created',
    data: { at: now.toISOString(), host: hostOf(webhook) },
  });
}

/** The first message since the last success that was given up, as an audit event and a mail to the owner. */
export function deadLettered({ webhook, now, delivery }: About & { delivery: Delivery }): OutboxMessage[] {
  return [
    webhookLogged({
      action: 'WEBHOOK_DEAD_LETTERED',
      webhook,
      actor: null,
      correlationId: null,
      now,
      data: { type: delivery.type, ...(delivery.error === null ? {} : { code: delivery.error }) },
    }),
    mailed({ webhook, now }, 'dead_lettered', null),
  ];
}

/** A webhook that the bank disabled, in the same way. */
export function disabled({ webhook, now, trouble }: About & { trouble: WebhookTrouble }): OutboxMessage[] {
  return [
    webhookLogged({
      action: 'WEBHOOK_DISABLED',
      webhook,
      actor: null,
      correlationId: null,
      now,
      data: { code: trouble },
    }),
    mailed({ webhook, now }, 'disabled', trouble),
  ];
}

function mailed(
  { webhook, now }: About,
  outcome: 'dead_lettered' | 'disabled',
  trouble: WebhookTrouble | null,
): OutboxMessage {
  return mailMessage({
    id: newId(now),
    time: now.toISOString(),
    to: { user_id: webhook.ownerId },
    correlation_id: null,
    template: 'webhook_failed',
    data: { outcome, host: hostOf(webhook), trouble, since: webhook.failingSince?.toISOString() ?? null },
  });
}
