import { executionDay } from '@guichet/calendar';
import type { Actor } from '@guichet/contract/events';
import { newId, type Transaction } from '@guichet/database';
import { enqueueAll } from '@guichet/outbox';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { once } from '../idempotency/once.ts';
import type { Idempotency, Outcome } from '../idempotency/outcome.ts';
import { BATCH_CURRENCY, lockWaiting, writeOutgoing } from '../operations/outgoing-store.ts';
import { findReversed } from '../operations/store.ts';
import { requireActive } from '../people/require-active.ts';
import type { PaymentBatch } from './batch.ts';
import { batchLogged } from './events.ts';
import { insertBatch, readToSend } from './store.ts';
import { type ShownBatch, viewBatch } from './views.ts';

interface WantedBatch {
  by: Actor;
  correlationId: string;
}

/** Collects every transfer that waits for a batch. @returns the batch, or nothing_to_send */
export async function createBatch(
  deps: Deps,
  wanted: WantedBatch,
  idempotency: Idempotency<ShownBatch> | null,
): Promise<Outcome<ShownBatch>> {
  const { by, correlationId } = wanted;
  const outcome = await once(deps, idempotency, async (trx) => {
    await requireActive(trx, by);
    const batch = await takeWaiting(trx, deps, { actor: by, correlationId });
    if (batch === null) throw refuse.nothing_to_send();
    return { batch, shown: await viewBatch(trx, batch) };
  });
  deps.committed();
  return outcome;
}

/**
 * Puts every waiting transfer into a new batch, except those whose reversal is pending: they stay until it is decided. Under the locks of the
 * transfers, which the request and the posting of a reversal take too, so that none is both sent and taken back.
 * @returns the batch; null if nothing waits
 */
export async function takeWaiting(
  trx: Transaction,
  { clock, rules }: Pick<Deps, 'clock' | 'rules'>,
  { actor, correlationId }: { actor: Actor | null; correlationId: string | null },
): Promise<PaymentBatch | null> {
  const now = clock();
  const [waiting] = await trx.query(lockWaiting(BATCH_CURRENCY));
  const [reversed, found] = await trx.query(findReversed(waiting), readToSend(waiting));
  const taken = found.filter(({ operationId }) => !reversed.has(operationId));
  if (taken.length === 0) return null;
  const batch: PaymentBatch = {
    id: newId(now),
    status: 'created',
    currency: BATCH_CURRENCY,
    count: taken.length,
    totalMinor: taken.reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
    executeOn: executionDay(rules.calendar.dateOf(now), true),
    bankName: rules.name,
    bankIban: rules.settlementIban,
    bankBic: rules.bic,
    createdBy: actor?.id ?? null,
    createdAt: now,
    sentAt: null,
    settledAt: null,
  };
  await trx.query(
    insertBatch(batch),
    writeOutgoing(
      taken.map(({ operationId, debtorName }) => ({
        operationId,
        currency: BATCH_CURRENCY,
        state: 'batched' as const,
        batchId: batch.id,
        debtorName,
      })),
    ),
    enqueueAll([batchLogged(batch, { actor, correlationId, now })]),
  );
  return batch;
}
