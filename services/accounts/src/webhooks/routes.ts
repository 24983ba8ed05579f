import { DELIVERY_STATUSES, Id, IdParams, listOf, paging } from '@guichet/contract';
import {
  DeliveryView,
  NewWebhook,
  SendAgain,
  WebhookView,
  WebhookWithSecret,
} from '@guichet/contract/accounts';
import { queryOnce } from '@guichet/database';
import { problems } from '@guichet/errors';
import { created, noContent, ok, type Reply, readCursor, route, toCursor, token } from '@guichet/http';
import type { Caller } from '@guichet/tokens';
import { z } from 'zod';
import { actorOf } from '../audit.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { type KeyedRequest, readIdempotencyKey, toReply } from '../idempotency/http.ts';
import {
  createWebhook,
  removeWebhook,
  rotateSecret,
  type Sent,
  sendAgain,
  testWebhook,
} from './change-webhook.ts';
import { findWebhook, listDeliveries, listWebhooks } from './store.ts';
import { viewDelivery, viewNewWebhook, viewWebhook } from './views.ts';
import { secretContext, type Webhook } from './webhook.ts';

const access = token({ scope: 'webhooks:manage', roles: ['member', 'agent'] });
const KEY_REFUSALS = [refuse.idempotency_key_reused, refuse.request_in_progress];

const sent = ({ webhook, delivery }: Sent) => ok(viewDelivery(delivery, webhook));

export function webhookRoutes(deps: Deps) {
  const keyed = <Done>(request: KeyedRequest, meaning: unknown, render: (done: Done) => Reply) => {
    const key = readIdempotencyKey(request, meaning);
    return key === null ? null : { key, render };
  };
  const own = async (caller: Caller, id: string): Promise<Webhook> => {
    const found = await queryOnce(deps.db, findWebhook(id));
    if (found === null || found.ownerId !== caller.userId || found.role !== caller.role)
      throw problems.not_found();
    return found;
  };
  // Stored under its idempotency key, the secret is sealed; it is opened on the way out.
  const withSecret = <Status extends number>(reply: Reply<Status, WebhookWithSecret>) => ({
    ...reply,
    body: {
      ...reply.body,
      secret: deps.vault.open(reply.body.secret, secretContext(reply.body.id)),
    },
  });
  const createdSealed = (webhook: Webhook) => created(viewNewWebhook(webhook, deps.clock()));
  const rotatedSealed = (webhook: Webhook) => ok(viewNewWebhook(webhook, deps.clock()));

  return [
    route({
      method: 'GET',
      path: '/api/webhooks',
      summary: 'List your webhooks',
      access,
      query: z.strictObject(paging),
      replies: { 200: listOf(WebhookView) },
      handle: async ({ query, caller }) => {
        const found = await queryOnce(
          deps.db,
          listWebhooks(caller.userId, {
            role: caller.role,
            afterId: query.cursor === undefined ? undefined : readCursor(query.cursor, z.tuple([Id]))[0],
            limit: query.limit,
          }),
        );
        const items = found.slice(0, query.limit);
        return ok({
          items: await Promise.all(items.map((one) => viewWebhook(deps.db, one, deps.clock()))),
          next: found.length > query.limit ? toCursor([items.at(-1)?.id ?? '']) : null,
        });
      },
    }),
    route({
      method: 'POST',
      path: '/api/webhooks',
      summary: 'Subscribe to events: your own, or as an agent those of the bank',
      access,
      idempotent: true,
      body: NewWebhook,
      replies: { 201: WebhookWithSecret },
      refusals: [refuse.unsafe_url, refuse.too_many_webhooks, ...KEY_REFUSALS],
      handle: async (request) => {
        const { body, caller, correlationId } = request;
        const wanted = {
          owner: actorOf(caller),
          correlationId,
          url: body.url,
          events: body.events,
          description: body.description ?? null,
        };
        const outcome = await createWebhook(deps, wanted, keyed(request, body, createdSealed));
        return withSecret(toReply(outcome, createdSealed));
      },
    }),
    route({
      method: 'GET',
      path: '/api/webhooks/:id',
      summary: 'Get a webhook of yours',
      access,
      params: IdParams,
      replies: { 200: WebhookView },
      handle: async ({ params, caller }) =>
        ok(await viewWebhook(deps.db, await own(caller, params.id), deps.clock())),
    }),
    route({
      method: 'DELETE',
      path: '/api/webhooks/:id',
      summary: 'Delete a webhook of yours',
      access,
      params: IdParams,
      replies: { 204: null },
      handle: async ({ params, caller, correlationId }) => {
        await removeWebhook(deps, { owner: actorOf(caller), correlationId, id: params.id });
        return noContent();
      },
    }),
    route({
      method: 'POST',
      path: '/api/webhooks/:id/rotate-secret',
      summary: 'Give a webhook a new secret; the previous one also signs for a day',
      access,
      idempotent: true,
      params: IdParams,
      replies: { 200: WebhookWithSecret },
      refusals: KEY_REFUSALS,
      handle: async (request) => {
        const { params, caller, correlationId } = request;
        const wanted = { owner: actorOf(caller), correlationId, id: params.id };
        const outcome = await rotateSecret(deps, wanted, keyed(request, null, rotatedSealed));
        return withSecret(toReply(outcome, rotatedSealed));
      },
    }),
    route({
      method: 'POST',
      path: '/api/webhooks/:id/test',
      summary: 'Send a test message and get the answer; a success enables a webhook that was disabled',
      access,
      idempotent: true,
      params: IdParams,
      replies: { 200: DeliveryView },
      refusals: [...KEY_REFUSALS, problems.too_many_requests],
      handle: async (request) => {
        const { params, caller, correlationId } = request;
        const wanted = { owner: actorOf(caller), correlationId, id: params.id };
        return toReply(await testWebhook(deps, wanted, keyed(request, null, sent)), sent);
      },
    }),
    route({
      method: 'GET',
      path: '/api/webhooks/:id/deliveries',
      summary: 'List the messages of a webhook, the newest first, with their last answers',
      access,
      params: IdParams,
      query: z.strictObject({ ...paging, status: z.enum(DELIVERY_STATUSES).optional() }),
      replies: { 200: listOf(DeliveryView) },
      handle: async ({ params, query, caller }) => {
        const webhook = await own(caller, params.id);
        const found = await queryOnce(
          deps.db,
          listDeliveries({
            webhookId: webhook.id,
            status: query.status,
            before: query.cursor === undefined ? undefined : readCursor(query.cursor, z.tuple([z.int()]))[0],
            limit: query.limit,
          }),
        );
        const items = found.slice(0, query.limit);
        return ok({
          items: items.map((one) => viewDelivery(one, webhook)),
          next: found.length > query.limit ? toCursor([Number(items.at(-1)?.sequence ?? 0)]) : null,
        });
      },
    }),
    route({
      method: 'POST',
      path: '/api/webhooks/:id/send-again',
      summary: 'Send a message again, or at once if it waits for its next attempt',
      access,
      idempotent: true,
      params: IdParams,
      body: SendAgain,
      replies: { 200: DeliveryView },
      refusals: [refuse.webhook_disabled, ...KEY_REFUSALS],
      handle: async (request) => {
        const { params, body, caller, correlationId } = request;
        const messageId = body.message_id;
        const wanted = { owner: actorOf(caller), correlationId, id: params.id, messageId };
        return toReply(await sendAgain(deps, wanted, keyed(request, body, sent)), sent);
      },
    }),
  ];
}
