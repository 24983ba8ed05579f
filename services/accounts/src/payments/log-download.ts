import type { Actor } from '@guichet/contract/events';
import { transaction } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import type { Deps } from '../deps.ts';
import type { PaymentBatch } from './batch.ts';
import { batchLogged } from './events.ts';

/** Logs that an agent downloads the file of a batch: before the answer, so that what can't be logged isn't sent. */
export async function logDownload(
  { db, clock, committed }: Pick<Deps, 'db' | 'clock' | 'committed'>,
  batch: PaymentBatch,
  by: { actor: Actor; correlationId: string },
): Promise<void> {
  const logged = batchLogged(batch, { ...by, event: 'downloaded', now: clock() });
  await transaction(db, (trx) => enqueue(trx, [logged]));
  committed();
}
