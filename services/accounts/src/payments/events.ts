import { type Actor, plain, sentence } from '@guichet/contract/events';
import type { OutboxMessage } from '@guichet/events';
import { toJsonMinor } from '@guichet/money';
import { actionLogged } from '../audit.ts';
import type { PaymentBatch } from './batch.ts';

const ACTIONS = {
  created: 'BATCH_CREATED',
  sent: 'BATCH_SENT',
  settled: 'BATCH_SETTLED',
  downloaded: 'BATCH_DOWNLOADED',
} as const;

/** The audit event of the last step of a batch, or of a download of its file. Without an actor, the bank created it at its cut-off. */
export function batchLogged(
  batch: PaymentBatch,
  {
    event = batch.status,
    actor,
    correlationId,
    now,
  }: {
    event?: keyof typeof ACTIONS;
    actor: Actor | null;
    correlationId: string | null;
    now: Date;
  },
): OutboxMessage {
  return actionLogged(now, correlationId, {
    action: ACTIONS[event],
    actor,
    subject: { type: 'payment_batch', id: batch.id },
    concerns: [],
    sentence: sentence`Batch of transfers to other banks ${plain(event)}`,
    data: {
      batch_id: batch.id,
      count: batch.count,
      amount: toJsonMinor(batch.totalMinor),
      currency: batch.currency,
      execute_on: batch.executeOn,
    },
  });
}
