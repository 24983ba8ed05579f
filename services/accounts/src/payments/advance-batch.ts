import type { Actor } from '@guichet/contract/events';
import { constant, type Transaction } from '@guichet/database';
import { problems } from '@guichet/errors';
import { enqueueAll } from '@guichet/outbox';
import { houseAccount } from '../accounts/account.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { once } from '../idempotency/once.ts';
import type { Idempotency, Outcome } from '../idempotency/outcome.ts';
import { HOUSE_NUMBER, insertTransfers } from '../ledger/store.ts';
import { requireActive } from '../people/require-active.ts';
import type { PaymentBatch } from './batch.ts';
import { batchLogged } from './events.ts';
import { lockBatch, writeStatus } from './store.ts';
import { type ShownBatch, viewBatch } from './views.ts';

/** What an agent marks a batch as. */
export type BatchStep = 'sent' | 'settled';

interface WantedStep {
  id: string;
  step: BatchStep;
  by: Actor;
  correlationId: string;
}

/**
 * Marks a batch as sent, or as settled: then its total moves from clearing to settlement, in the same transaction. Each step follows the one
 * before and happens once.
 * @returns the batch; or not_found, batch_not_created, batch_not_sent
 */
export async function advanceBatch(
  deps: Deps,
  wanted: WantedStep,
  idempotency: Idempotency<ShownBatch> | null,
): Promise<Outcome<ShownBatch>> {
  const outcome = await once(deps, idempotency, (trx) => advanceIn(trx, deps, wanted));
  deps.committed();
  return outcome;
}

async function advanceIn(
  trx: Transaction,
  { clock }: Deps,
  { id, step, by, correlationId }: WantedStep,
): Promise<ShownBatch> {
  await requireActive(trx, by);
  const [batch] = await trx.query(lockBatch(id));
  if (batch === null) throw problems.not_found();
  if (step === 'sent' && batch.status !== 'created') throw refuse.batch_not_created();
  if (step === 'settled' && batch.status !== 'sent') throw refuse.batch_not_sent();
  const now = clock();
  const next: PaymentBatch =
    step === 'sent' ? { ...batch, status: step, sentAt: now } : { ...batch, status: step, settledAt: now };
  await trx.query(
    writeStatus(next),
    step === 'settled' ? insertTransfers([settlementOf(next, now)]) : constant(undefined),
    enqueueAll([batchLogged(next, { actor: by, correlationId, now })]),
  );
  return { batch: next, shown: await viewBatch(trx, next) };
}

/** The ledger's transfer has the batch's id, so that a batch can't be settled twice. It belongs to no operation. */
function settlementOf({ id, totalMinor, currency }: PaymentBatch, now: Date) {
  return {
    id,
    amountMinor: totalMinor,
    currency,
    debitAccountId: houseAccount.clearing(currency),
    debitNumber: HOUSE_NUMBER,
    creditAccountId: houseAccount.settlement(currency),
    creditNumber: HOUSE_NUMBER,
    reversesId: null,
    postedAt: now,
  };
}
