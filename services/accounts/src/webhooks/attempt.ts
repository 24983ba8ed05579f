import { queryOnce } from '@guichet/database';
import { Webhook as Signer } from 'standardwebhooks';
import type { Deps } from '../deps.ts';
import { renderMessage } from './render-message.ts';
import { type Answer, sendMessage } from './send-message.ts';
import { writeDelivery } from './store.ts';
import { type Delivery, secretContext, type Webhook } from './webhook.ts';

/** What the delivery of webhooks works with. */
export type HookDeps = Pick<Deps, 'db' | 'clock' | 'log' | 'rules' | 'committed' | 'vault' | 'webhooks'>;

/** The body of a message. It is stored before the first attempt, so that it is the same in every one. */
export async function writeBody(deps: HookDeps, webhook: Webhook, delivery: Delivery): Promise<string> {
  if (delivery.body !== null) return delivery.body;
  const body = await renderMessage(deps, webhook, delivery);
  await queryOnce(deps.db, writeDelivery(delivery, { body }));
  return body;
}

/** Makes one attempt to deliver a message that has its body. */
export function attempt(deps: HookDeps, webhook: Webhook, { id, body }: Delivery): Promise<Answer> {
  const sent = body ?? '';
  const headers = signed(deps, webhook, id, deps.clock(), sent);
  return sendMessage({ url: webhook.url, headers, body: sent }, deps.webhooks);
}

/** What an attempt leaves in the row of its message. */
export function outcomeOf(delivery: Delivery, answer: Answer, now: Date) {
  return {
    attempts: delivery.attempts + 1,
    lastAttemptAt: now,
    responseStatus: answer.status,
    response: answer.text,
    error: answer.error,
  };
}

/** A webhook whose receiver has just acknowledged a message. */
export function recovered(now: Date) {
  return { failures: 0, failingSince: null, isDeathTold: false, retryAt: now };
}

/** The headers of Standard Webhooks; after a rotation, with a signature by each of the two secrets. */
function signed(
  { vault }: Pick<HookDeps, 'vault'>,
  webhook: Webhook,
  id: string,
  now: Date,
  body: string,
): Record<string, string> {
  const secrets = [webhook.secret];
  if (webhook.previousSecret !== null && webhook.previousUntil !== null && webhook.previousUntil > now)
    secrets.push(webhook.previousSecret);
  const signatures = secrets.map((sealed) =>
    new Signer(vault.open(sealed, secretContext(webhook.id))).sign(id, now, body),
  );
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': signatures.join(' '),
  };
}
