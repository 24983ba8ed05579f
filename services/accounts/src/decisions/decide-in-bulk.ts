import { createHash } from 'node:crypto';
import { QueueFullError } from '@guichet/batching';
import type { DecisionKind, OperationStatus } from '@guichet/contract';
import type { Actor } from '@guichet/contract/events';
import { isUnavailable, queryOnce } from '@guichet/database';
import { problems } from '@guichet/errors';
import type { CommandQueue } from '../command-queue.ts';
import type { Deps } from '../deps.ts';
import { claimKey } from '../idempotency/in-flight.ts';
import { beginBulk, endBulk } from '../idempotency/once.ts';
import { type Idempotency, type IdempotencyKey, isKept, type Outcome } from '../idempotency/outcome.ts';
import { shownStatus } from '../operations/life.ts';
import type { OperationState } from '../operations/operation.ts';
import { findStatuses } from '../operations/store.ts';
import { postApproved } from './post-approved.ts';

/** Decisions in one request. */
export interface BulkDecision {
  items: readonly { id: string; decision: DecisionKind; reason?: string | null | undefined }[];
  by: Actor;
  correlationId: string;
  idempotency: Idempotency<BulkOutcome> | null;
}

/** The outcome of one item: the status of the operation, and the refusal if it was not decided. */
interface BulkItem {
  id: string;
  status: OperationStatus | null;
  refusal: { code: string; title: string } | null;
}

export interface BulkOutcome {
  items: BulkItem[];
  /** Whether an earlier request with the same key started it; the items that it decided are replayed. */
  replayed: boolean;
}

/**
 * Decides each item on its own, in the given order. An item that fails unexpectedly is reported as internal_error, and the others are still decided.
 * @throws Problem request_in_progress, and any error after which the client can retry with the same key: nothing is done twice
 */
export async function decideInBulk(
  deps: Deps,
  queue: CommandQueue,
  { items, by, correlationId, idempotency }: BulkDecision,
): Promise<Outcome<BulkOutcome>> {
  const release = claimKey(deps.inFlightKeys, idempotency?.key);
  try {
    const begun = idempotency === null ? null : await beginBulk(deps, idempotency.key);
    if (begun !== null && ('refusal' in begun || begun.rendered.body !== null)) return begun;
    const settled = await Promise.allSettled(
      items.map(({ id, decision, reason = null }, index) =>
        queue.decide({
          operationId: id,
          action: decision,
          by,
          reason,
          correlationId,
          idempotency: idempotency === null ? null : itemIdempotency(idempotency.key, index),
        }),
      ),
    );
    const outcomes = settled.map((one) =>
      one.status === 'fulfilled' ? one.value : failed(deps, one.reason),
    );
    await postApproved(deps, outcomes);
    const bulk = {
      items: await bulkItems(
        deps,
        items.map(({ id }) => id),
        outcomes,
      ),
      replayed: begun !== null,
    };
    // If an item may still succeed, a repeated request decides it again and replays the others.
    if (idempotency !== null && outcomes.every((one) => !('refusal' in one) || isKept(one.refusal))) {
      await endBulk(deps, idempotency.key, idempotency.render(bulk));
    }
    return bulk;
  } finally {
    release();
  }
}

function failed(deps: Deps, reason: unknown): Outcome<OperationState> {
  if (isUnavailable(reason) || reason instanceof QueueFullError) throw reason;
  deps.log.error({ err: reason }, 'decision failed within a batch');
  return { refusal: problems.internal_error() };
}

async function bulkItems(
  deps: Deps,
  ids: readonly string[],
  outcomes: readonly Outcome<OperationState>[],
): Promise<BulkItem[]> {
  const refusedIds = ids.filter((_, index) => 'refusal' in (outcomes[index] ?? {}));
  const statuses = await queryOnce(deps.db, findStatuses(refusedIds));
  return outcomes.map((outcome, index) => {
    const id = ids[index] as string;
    if ('refusal' in outcome) {
      const { code, title } = outcome.refusal;
      const status = statuses.get(id);
      return { id, status: status === undefined ? null : shownStatus(status), refusal: { code, title } };
    }
    const status =
      'rendered' in outcome
        ? (outcome.rendered.body as StoredItem).status
        : shownStatus(outcome.operation.status);
    return { id, status, refusal: null };
  });
}

/** The reply that is stored under the key of an item. */
interface StoredItem {
  status: OperationStatus;
}

function itemIdempotency(bulk: IdempotencyKey, index: number): Idempotency<OperationState> {
  // No client's key may contain 0x1f, so an item's key is never another request's.
  const key = `${bulk.key}\u001f${index}`;
  const requestHash = createHash('sha256').update(`${bulk.requestHash} ${index}`).digest('hex');
  return {
    key: { userId: bulk.userId, key, requestHash },
    render: ({ operation }): { status: number; body: StoredItem } => ({
      status: 200,
      body: { status: shownStatus(operation.status) },
    }),
  };
}
