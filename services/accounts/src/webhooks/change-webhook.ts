import { randomBytes } from 'node:crypto';
import { WEBHOOK_TEST, WEBHOOKS_MAX, type WebhookEvent } from '@guichet/contract';
import type { Actor } from '@guichet/contract/events';
import { newId, query, queryOnce, type Transaction, transaction } from '@guichet/database';
import { type Problem, problems } from '@guichet/errors';
import { enqueue } from '@guichet/outbox';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { once, onceOutsideTransaction } from '../idempotency/once.ts';
import type { Idempotency, Outcome } from '../idempotency/outcome.ts';
import { requireActive } from '../people/require-active.ts';
import { refuseActor } from '../people/rules.ts';
import { holdPeople } from '../people/store.ts';
import { attempt, outcomeOf, recovered, writeBody } from './attempt.ts';
import { readWebhookUrl, refuseUnsafe } from './destination.ts';
import { createdMailed, webhookLogged } from './events.ts';
import { OVERLAP_MS, TESTS_A_MINUTE } from './rules.ts';
import { isAcknowledged } from './send-message.ts';
import {
  countTestsSince,
  countWebhooksOf,
  deleteDeliveriesOf,
  deleteWebhook,
  findDelivery,
  insertDelivery,
  insertWebhook,
  lockWebhook,
  writeDelivery,
  writeWebhook,
} from './store.ts';
import { type Delivery, secretContext, type Webhook } from './webhook.ts';

/** 256 bits, in the form of Standard Webhooks. */
const SECRET_BYTES = 32;
const STEP = 1_000;

interface Request {
  owner: Actor;
  correlationId: string;
}

interface Wanted {
  url: string;
  events: readonly WebhookEvent[];
  description: string | null;
}

/** Subscribes a user to kinds of event. @returns the webhook, or unsafe_url, too_many_webhooks */
export async function createWebhook(
  deps: Deps,
  { owner, correlationId, url, events, description }: Request & Wanted,
  idempotency: Idempotency<Webhook> | null,
): Promise<Outcome<Webhook>> {
  // Before the transaction, because a resolver may take seconds; a replay comes first all the same.
  const destination = await readSafeUrl(deps, url);
  const outcome = await once(deps, idempotency, async (trx) => {
    // Alone, so that two requests at once can't exceed the maximum.
    const [people] = await trx.query(holdPeople([owner.id], { alone: true }));
    const refusal = refuseActor(people.get(owner.id), owner);
    if (refusal !== null) throw refusal;
    if ('code' in destination) throw destination;
    if ((await queryOnce(trx, countWebhooksOf(owner.id))) >= WEBHOOKS_MAX) throw refuse.too_many_webhooks();
    const now = deps.clock();
    const id = newId(now);
    const webhook: Webhook = {
      id,
      ownerId: owner.id,
      role: owner.role,
      url: destination.href,
      events: [...new Set(events)],
      description,
      status: 'active',
      trouble: null,
      secret: newSecret(deps, id),
      previousSecret: null,
      previousUntil: null,
      failures: 0,
      failingSince: null,
      retryAt: now,
      isDeathTold: false,
      createdAt: now,
    };
    await queryOnce(trx, insertWebhook(webhook));
    await enqueue(trx, [
      webhookLogged({ action: 'WEBHOOK_CREATED', webhook, actor: owner, correlationId, now }),
      createdMailed({ webhook, correlationId, now }),
    ]);
    return webhook;
  });
  deps.committed();
  return outcome;
}

async function readSafeUrl({ webhooks }: Deps, text: string): Promise<URL | Problem> {
  try {
    const url = readWebhookUrl(text, webhooks);
    await refuseUnsafe(url, webhooks);
    return url;
  } catch (error) {
    return error as Problem;
  }
}

function newSecret({ vault }: Pick<Deps, 'vault'>, id: string): string {
  return vault.seal(`whsec_${randomBytes(SECRET_BYTES).toString('base64')}`, secretContext(id));
}

/** Gives a webhook a new secret. Until the overlap is over, messages are signed with the previous one too. @returns the webhook, or not_found */
export async function rotateSecret(
  deps: Deps,
  { owner, correlationId, id }: Request & { id: string },
  idempotency: Idempotency<Webhook> | null,
): Promise<Outcome<Webhook>> {
  const outcome = await once(deps, idempotency, async (trx) => {
    const webhook = await lockOwn(trx, owner, id);
    const now = deps.clock();
    const changes = {
      secret: newSecret(deps, id),
      previousSecret: webhook.secret,
      previousUntil: new Date(now.getTime() + OVERLAP_MS),
    };
    await queryOnce(trx, writeWebhook(id, changes));
    await enqueue(trx, [
      webhookLogged({ action: 'WEBHOOK_SECRET_ROTATED', webhook, actor: owner, correlationId, now }),
    ]);
    return { ...webhook, ...changes };
  });
  deps.committed();
  return outcome;
}

/** Deletes a webhook with its messages. @throws Problem not_found */
export async function removeWebhook(
  deps: Deps,
  { owner, correlationId, id }: Request & { id: string },
): Promise<void> {
  await transaction(deps.db, async (trx) => {
    const webhook = await lockOwn(trx, owner, id);
    await queryOnce(trx, deleteWebhook(id));
    await enqueue(trx, [
      webhookLogged({ action: 'WEBHOOK_DELETED', webhook, actor: owner, correlationId, now: deps.clock() }),
    ]);
  });
  deps.committed();
  // Nothing sends them any more; what a crash leaves is pruned.
  while ((await queryOnce(deps.db, deleteDeliveriesOf(id, STEP))) === STEP);
}

/**
 * Sends a message without an event, and waits for the answer. A success enables a webhook that was disabled.
 * @returns the message, or not_found, too_many_requests
 */
export async function testWebhook(
  deps: Deps,
  { owner, correlationId, id }: Request & { id: string },
  idempotency: Idempotency<Sent> | null,
): Promise<Outcome<Sent>> {
  const outcome = await onceOutsideTransaction(deps, idempotency, async () => {
    const now = deps.clock();
    const message = testMessage(id, now);
    const webhook = await transaction(deps.db, async (trx) => {
      const found = await lockOwn(trx, owner, id);
      const tests = await queryOnce(trx, countTestsSince(id, new Date(now.getTime() - 60_000)));
      if (tests >= TESTS_A_MINUTE)
        throw problems.too_many_requests(undefined, { headers: { 'Retry-After': '60' } });
      await queryOnce(trx, insertDelivery(message));
      await enqueue(trx, [
        webhookLogged({ action: 'WEBHOOK_TESTED', webhook: found, actor: owner, correlationId, now }),
      ]);
      return found;
    });
    deps.committed();
    const delivery = { ...message, body: await writeBody(deps, webhook, message) };
    const answer = await attempt(deps, webhook, delivery);
    const isReceived = isAcknowledged(answer);
    const changes = {
      ...outcomeOf(delivery, answer, deps.clock()),
      status: isReceived ? 'delivered' : 'dead',
      body: null,
    } as const;
    await transaction(deps.db, (trx) =>
      query(
        trx,
        writeDelivery(delivery, changes),
        writeWebhook(id, isReceived ? { ...recovered(deps.clock()), status: 'active', trouble: null } : {}),
      ),
    );
    return { webhook, delivery: { ...delivery, ...changes } };
  });
  return outcome;
}

/** A message with its webhook. */
export interface Sent {
  webhook: Webhook;
  delivery: Delivery;
}

function testMessage(webhookId: string, now: Date): Delivery {
  return {
    webhookId,
    sequence: 0n,
    id: newId(now),
    type: WEBHOOK_TEST,
    operationId: null,
    accountId: null,
    number: null,
    happenedAt: now,
    // Not one that waits: no other process sends it.
    status: 'dead',
    body: null,
    attempts: 0,
    lastAttemptAt: null,
    responseStatus: null,
    response: null,
    error: null,
  };
}

/** Has a message sent again, or at once if it waits for its next attempt. @returns the message, or not_found, webhook_disabled */
export async function sendAgain(
  deps: Deps,
  { owner, correlationId, id, messageId }: Request & { id: string; messageId: string },
  idempotency: Idempotency<Sent> | null,
): Promise<Outcome<Sent>> {
  const outcome = await once(deps, idempotency, async (trx) => {
    const webhook = await lockOwn(trx, owner, id);
    const delivery = await queryOnce(trx, findDelivery(id, messageId));
    if (delivery === null) throw problems.not_found();
    if (webhook.status === 'disabled') throw refuse.webhook_disabled();
    const now = deps.clock();
    await query(
      trx,
      writeDelivery({ webhookId: id, id: messageId }, { status: 'waiting' }),
      writeWebhook(id, { retryAt: now }),
    );
    await enqueue(trx, [
      webhookLogged({
        action: 'WEBHOOK_SENT_AGAIN',
        webhook,
        actor: owner,
        correlationId,
        now,
        data: { type: delivery.type },
      }),
    ]);
    return { webhook: { ...webhook, retryAt: now }, delivery: { ...delivery, status: 'waiting' as const } };
  });
  deps.committed();
  return outcome;
}

/** Locks the owner, who must be active, and then their webhook. @throws Problem not_found, also for one that is another user's */
async function lockOwn(trx: Transaction, owner: Actor, id: string): Promise<Webhook> {
  await requireActive(trx, owner);
  const webhook = await queryOnce(trx, lockWebhook(id, owner.id, owner.role));
  if (webhook === null) throw problems.not_found();
  return webhook;
}
