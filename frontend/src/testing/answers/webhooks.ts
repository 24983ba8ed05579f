import {
  type Delivery,
  DeliveryView,
  type Webhook,
  WebhookView,
  WebhookWithSecret,
} from '@guichet/contract/accounts';
import { fakeId } from '../fixtures.ts';
import { type Answers, byId, type Call, created, list, one } from './replies.ts';

const shop: Webhook = {
  id: fakeId(16, 1),
  url: 'https://hooks.shop.example/guichet/incoming?account=household',
  events: ['operation.posted', 'account.credited', 'account.debited'],
  description: 'Bookkeeping',
  status: 'active',
  disabled_reason: null,
  failing_since: '2026-11-28T09:12:00.000Z',
  previous_secret_until: '2026-11-30T09:00:00.000Z',
  waiting: 12,
  created_at: '2026-10-02T07:30:00.000Z',
};
const gone: Webhook = {
  ...shop,
  id: fakeId(16, 2),
  url: 'https://old.example/hook',
  events: ['standing_order.skipped'],
  description: null,
  status: 'disabled',
  disabled_reason: 'gone',
  failing_since: null,
  previous_secret_until: null,
  waiting: 0,
};
export const webhooks = [shop, gone];

const delivery: Delivery = {
  id: fakeId(17, 1),
  type: 'account.credited',
  status: 'delivered',
  attempts: 1,
  happened_at: '2026-11-27T08:00:00.000Z',
  last_attempt_at: '2026-11-27T08:00:01.000Z',
  next_attempt_at: null,
  response_status: 204,
  response: '',
  error: null,
};
export const deliveries: Delivery[] = [
  {
    ...delivery,
    id: fakeId(17, 4),
    type: 'operation.posted',
    status: 'waiting',
    attempts: 3,
    response_status: 503,
    response: '{"error":"The queue of the bookkeeping program is full, try again later"}',
    next_attempt_at: '2026-11-28T11:00:00.000Z',
  },
  {
    ...delivery,
    id: fakeId(17, 3),
    type: 'webhook.test',
    status: 'dead',
    response_status: null,
    response: null,
    error: 'timeout',
  },
  { ...delivery, id: fakeId(17, 2), status: 'withheld', attempts: 0, response_status: null, response: null },
  delivery,
];

export function webhookAnswers({ id }: Call): Answers {
  const webhook = byId(webhooks, id);
  const secret = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
  return {
    'GET /api/webhooks': () => list(WebhookView, webhooks),
    'POST /api/webhooks': () => created(WebhookWithSecret, { ...shop, secret }),
    'GET /api/webhooks/:id': () => one(WebhookView, webhook),
    'DELETE /api/webhooks/:id': () => ({ status: 204 }),
    'GET /api/webhooks/:id/deliveries': () => list(DeliveryView, id === shop.id ? deliveries : []),
    'POST /api/webhooks/:id/rotate-secret': () =>
      one(WebhookWithSecret, webhook === undefined ? undefined : { ...webhook, secret }),
    'POST /api/webhooks/:id/test': () => one(DeliveryView, { ...delivery, type: 'webhook.test' }),
    'POST /api/webhooks/:id/send-again': () => one(DeliveryView, { ...delivery, status: 'waiting' }),
  };
}
