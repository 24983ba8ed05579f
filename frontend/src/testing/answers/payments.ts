import { type PaymentBatch, PaymentBatchView } from '@guichet/contract/accounts';
import { buildOperation, fakeId } from '../fixtures.ts';
import { alice, bruno } from './people.ts';
import { type Answers, byId, type Call, created as createdReply, list, one } from './replies.ts';

const PAYEES = [
  ['Régie Immobilière du Parc', 'FR7630006000011234567890189'],
  ['Bäckerei Söhne', 'DE89370400440532013000'],
  [null, 'BE68539007547034'],
] as const;

/** A batch with `count` transfers. */
function buildBatch(number: number, count: number, changes: Partial<PaymentBatch>): PaymentBatch {
  const status = changes.status ?? 'created';
  const transfers = Array.from({ length: count }, (_, index) => {
    const [name, iban] = PAYEES[index % PAYEES.length] ?? PAYEES[0];
    return {
      operation_id: fakeId(3, 500 + number * 300 + index),
      status,
      amount: 84_000 + index * 1_234,
      to: { name, iban },
    };
  });
  return {
    id: fakeId(16, number),
    status,
    count,
    total: transfers.reduce((sum, { amount }) => sum + amount, 0),
    currency: 'EUR',
    execute_on: '2026-11-20',
    created_by: { id: bruno.id, username: bruno.username },
    created_at: '2026-11-20T15:00:04.000Z',
    sent_at: null,
    settled_at: null,
    transfers,
    ...changes,
  };
}

const created = buildBatch(1, 250, { created_by: null });
const sent = buildBatch(2, 2, {
  status: 'sent',
  created_at: '2026-11-19T15:00:03.000Z',
  sent_at: '2026-11-19T15:10:00.000Z',
});
const settled = buildBatch(3, 3, {
  status: 'settled',
  created_at: '2026-11-18T15:00:02.000Z',
  sent_at: '2026-11-18T15:10:00.000Z',
  settled_at: '2026-11-19T08:00:00.000Z',
});
settled.transfers = settled.transfers.map((one, index) =>
  index === 1 ? { ...one, status: 'returned' } : one,
);
export const paymentBatches = [created, sent, settled];

/** A transfer that is on its way, as its customer and the agents see it. */
export const sentTransfer = buildOperation(590, alice, {
  status: 'posted',
  transfer_id: fakeId(3, 590),
  created_at: '2026-11-19T08:41:12.000Z',
  decided_at: '2026-11-19T09:00:00.000Z',
  payment_status: 'sent',
  batch_id: sent.id,
  batched_at: sent.created_at,
  sent_at: sent.sent_at,
});

export function paymentAnswers({ request, id }: Call): Answers {
  const batch = byId(paymentBatches, id);
  const step = (status: 'sent' | 'settled') => () =>
    one(PaymentBatchView, batch === undefined ? undefined : { ...batch, status });
  return {
    'GET /api/payments/batches': () => {
      const status = request.query.get('status');
      return list(
        PaymentBatchView,
        paymentBatches.filter((batch) => status === null || batch.status === status),
      );
    },
    'POST /api/payments/batches': () => createdReply(PaymentBatchView, created),
    'GET /api/payments/batches/:id': () => one(PaymentBatchView, batch),
    'POST /api/payments/batches/:id/sent': step('sent'),
    'POST /api/payments/batches/:id/settled': step('settled'),
  };
}
