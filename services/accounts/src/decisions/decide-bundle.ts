import { createHash } from 'node:crypto';
import { QueueFullError } from '@guichet/batching';
import type { OperationStatus } from '@guichet/contract';
import { isUnavailable, query, transaction } from '@guichet/database';
import { problems } from '@guichet/errors';
import type { Actor } from '@guichet/events';
import type { Bank } from '../bank.ts';
import type { Desk } from '../desk.ts';
import { type Answered, type IdempotencyKey, isKept } from '../idempotency/answer.ts';
import {
  findReplays,
  keepAnswers,
  settleReplays,
  toReply,
  untilUnrivalled,
} from '../idempotency/answer-once.ts';
import { completeAnswer } from '../idempotency/store.ts';
import { findOperation } from '../operations/inbox-store.ts';
import type { viewOperation } from '../operations/views.ts';
import { onceKnown } from '../people/once-known.ts';

/** Verdicts that came in one request, and under which key. */
export interface Bundle {
  items: readonly { id: string; decision: 'approve' | 'reject'; reason?: string | null | undefined }[];
  by: Actor;
  correlationId: string;
  key: IdempotencyKey | null;
}

/** What came of one item: where the operation stands, and what kept the verdict from being taken. */
export interface BundleOutcome {
  id: string;
  status: OperationStatus | null;
  error: { code: string; title: string } | null;
}

/**
 * Decides each item on its own, in the order asked; one that fails for a reason that nobody foresaw is told as internal_error, and keeps
 * no other from its answer.
 * @returns the outcomes, and whether the bundle was begun before
 * @throws Problem idempotency_key_reused, and whatever makes it worth asking again: then under the same key, and nothing is done twice
 */
export async function decideBundle(
  bank: Bank,
  desk: Desk,
  { items, by, correlationId, key }: Bundle,
): Promise<{ items: BundleOutcome[]; replayed: boolean }> {
  const claimed = key === null ? null : await claimBundle(bank, key);
  if (claimed?.items) return { items: claimed.items, replayed: true };
  const settled = await Promise.allSettled(
    items.map((item, index) =>
      onceKnown(() =>
        desk.decide({
          operationId: item.id,
          action: item.decision,
          by,
          reason: item.reason ?? null,
          correlationId,
          idempotency: key === null ? null : itemKey(key, index),
        }),
      ),
    ),
  );
  const answers = settled.map((one) => (one.status === 'fulfilled' ? one.value : failed(bank, one.reason)));
  const outcomes = answers.map(async ({ answer }, index): Promise<BundleOutcome> => {
    const { id } = items[index] as { id: string };
    if (!('refusal' in answer)) {
      return { id, status: (answer.body as ReturnType<typeof viewOperation>).status, error: null };
    }
    const { code, title } = answer.refusal;
    return { id, status: (await findOperation(bank.db, id))?.status ?? null, error: { code, title } };
  });
  const decided = await Promise.all(outcomes);
  // If an item may still succeed, a repeated request decides it again and replays the others.
  if (key !== null && answers.every(({ answer }) => isKept(answer))) {
    await transaction(bank.db, (trx) => query(trx, completeAnswer(key, JSON.stringify(decided))));
  }
  return { items: decided, replayed: claimed !== null };
}

function failed(bank: Bank, reason: unknown): Answered {
  if (isUnavailable(reason) || reason instanceof QueueFullError) throw reason;
  bank.log.error({ err: reason }, 'decision failed within a batch');
  return { answer: { refusal: problems.internal_error() }, replayed: false };
}

/**
 * A bundle spans several transactions, so each of its items has a key of its own, kept with what the item did; the bundle's key
 * holds the hash and, once every item has its answer, all the answers. @returns the stored items of a bundle that was started before, else null
 * @throws Problem idempotency_key_reused
 */
async function claimBundle(
  bank: Bank,
  key: IdempotencyKey,
): Promise<{ items: BundleOutcome[] | null } | null> {
  return untilUnrivalled(() =>
    transaction(bank.db, async (trx) => {
      const [[replay]] = await query(trx, findReplays([key]));
      if (replay) {
        await query(trx, settleReplays([key], [replay]));
        const { body } = toReply({ ...replay, replayed: false });
        return { items: body as BundleOutcome[] | null };
      }
      await query(trx, keepAnswers([{ key, answer: { status: 200, body: null } }], bank.clock()));
      return null;
    }),
  );
}

function itemKey(key: IdempotencyKey, index: number): IdempotencyKey {
  // 0x1f cannot stand in a client's key, so that an item's key is never another request's.
  const requestHash = createHash('sha256').update(`${key.requestHash} ${index}`).digest('hex');
  return { userId: key.userId, key: `${key.key}\u001f${index}`, requestHash };
}
