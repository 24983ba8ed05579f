import {
  type Database,
  type Query,
  query,
  retryOnDuplicateKey,
  type Transaction,
  type TransactionQuery,
  transaction,
} from '@guichet/database';
import { Problem } from '@guichet/errors';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { claimKey } from './in-flight.ts';
import {
  type Idempotency,
  type IdempotencyKey,
  isKept,
  type Outcome,
  type Refused,
  type Rendered,
  type Replayed,
  renderRefusal,
  replayOf,
} from './outcome.ts';
import { completeAnswer, findAnswers, insertAnswers, touchAnswers } from './store.ts';

// Everything that finds, stores and replays the outcome of a key, for batches and for single requests.

type MaybeKeyed = { key: IdempotencyKey } | null;
type IdempotencyDeps = Pick<Deps, 'db' | 'clock' | 'inFlightKeys'>;

/**
 * For each request: the outcome to replay if its key has one, `idempotency_key_reused` if the key was used for a different request, otherwise null.
 */
export function findReplays(requests: readonly MaybeKeyed[]): Query<(Refused | Replayed | null)[]> {
  return findAnswers(keysOf(requests)).map((stored) =>
    requests.map((request) => {
      const { userId = '', key = '', requestHash } = request?.key ?? {};
      const found = request === null ? undefined : stored.get(`${userId} ${key}`);
      if (found === undefined) return null;
      if (found.requestHash !== requestHash) return { refusal: refuse.idempotency_key_reused() };
      return replayOf({ status: found.status, body: JSON.parse(found.body) });
    }),
  );
}

/** Whether a request that runs again, after a commit whose answer was lost, finds by its key what it has done. */
export function isKeyed({ idempotency }: { idempotency: MaybeKeyed }): boolean {
  return idempotency !== null;
}

/**
 * To be run in the transaction that found replays, before its commit. Other replicas can see a committed outcome a moment before it is on disk, and a
 * database killed in that moment would lose it after it was replayed. This write comes later in the redo log, so its commit also flushes the outcome.
 */
export function settleReplays(
  requests: readonly MaybeKeyed[],
  replays: readonly (Refused | Replayed | null)[],
): TransactionQuery<unknown> {
  return touchAnswers(keysOf(requests.filter((_, index) => replays[index] !== null)));
}

/** Stores outcomes in the transaction of their changes. */
export function keepOutcomes<Done extends object>(
  outcomes: readonly { idempotency: Idempotency<Done> | null; outcome: Done | Refused }[],
  now: Date,
): TransactionQuery<void> {
  const kept = outcomes.flatMap(({ idempotency, outcome }) => {
    if (idempotency === null) return [];
    if (!('refusal' in outcome)) return [toStored(idempotency.key, idempotency.render(outcome))];
    return isKept(outcome.refusal) ? [toStored(idempotency.key, renderRefusal(outcome.refusal))] : [];
  });
  return insertAnswers(kept, now);
}

/**
 * For a single request: runs `work` in one transaction, which also stores its outcome. A refusal is an outcome too; what `work` wrote before throwing
 * it is rolled back. If `work` returns null, nothing is stored.
 */
export async function once<Done extends object | null>(
  deps: IdempotencyDeps,
  idempotency: Idempotency<NonNullable<Done>> | null,
  work: (trx: Transaction) => Promise<Done>,
): Promise<Outcome<Done>> {
  const release = claimKey(deps.inFlightKeys, idempotency?.key);
  try {
    const attempt = async (trx: Transaction): Promise<Outcome<Done>> => {
      const replay = await replayIn(trx, idempotency);
      if (replay !== null) return replay;
      const outcome = await work(trx);
      if (outcome !== null) await query(trx, keepOutcomes([{ idempotency, outcome }], deps.clock()));
      return outcome;
    };
    return await retryOnDuplicateKey(() =>
      transaction(deps.db, attempt, { isRepeatable: isKeyed({ idempotency }) }),
    );
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return await keepAlone<NonNullable<Done>>(deps, idempotency, { refusal: error });
  } finally {
    release();
  }
}

/**
 * The same for slow work that writes nothing. No transaction stays open meanwhile: many of them would use up the connections, including those that
 * the work itself needs.
 */
export async function onceOutsideTransaction<Done extends object>(
  deps: IdempotencyDeps,
  idempotency: Idempotency<Done> | null,
  work: () => Promise<Done>,
): Promise<Outcome<Done>> {
  const release = claimKey(deps.inFlightKeys, idempotency?.key);
  try {
    const replay =
      idempotency === null ? null : await transaction(deps.db, (trx) => replayIn(trx, idempotency));
    if (replay !== null) return replay;
    return await keepAlone(deps, idempotency, await work());
  } finally {
    release();
  }
}

/**
 * Begins a bulk decision. It spans several transactions, so each item has its own key, stored with its change; the key of the bulk decision stores
 * the hash and, once every item has an outcome, the whole reply.
 * @returns null for a new bulk decision; otherwise the same as `findReplays`, with a null body if the earlier one did not finish
 */
export function beginBulk(deps: IdempotencyDeps, key: IdempotencyKey): Promise<Refused | Replayed | null> {
  return retryOnDuplicateKey(() =>
    transaction(deps.db, async (trx) => {
      const replay = await replayIn(trx, { key });
      if (replay !== null) return replay;
      await query(trx, insertAnswers([toStored(key, { status: 200, body: null })], deps.clock()));
      return null;
    }),
  );
}

/** Stores the whole reply of a bulk decision. */
export async function endBulk(deps: IdempotencyDeps, key: IdempotencyKey, { body }: Rendered): Promise<void> {
  await transaction(deps.db, (trx) => query(trx, completeAnswer(key, JSON.stringify(body))));
}

/** The reply that is stored under a user's key, whatever the request was; null if there is none, a body of null if it has not ended. */
export function findReply(db: Database, userId: string, key: string): Promise<Rendered | null> {
  return transaction(db, async (trx) => {
    const wanted = [{ userId, key, requestHash: '' }];
    const [stored] = await query(trx, findAnswers(wanted));
    const found = stored.get(`${userId} ${key}`);
    if (found === undefined) return null;
    await query(trx, touchAnswers(wanted));
    return { status: found.status, body: JSON.parse(found.body) };
  });
}

async function replayIn(trx: Transaction, request: MaybeKeyed): Promise<Refused | Replayed | null> {
  if (request === null) return null;
  const [[replay = null]] = await query(trx, findReplays([request]));
  if (replay !== null) await query(trx, settleReplays([request], [replay]));
  return replay;
}

/**
 * Stores an outcome after its transaction. @returns it; or the one that another replica has stored under the key meanwhile: a refusal may be the consequence of
 * what that one has done
 */
function keepAlone<Done extends object>(
  deps: IdempotencyDeps,
  idempotency: Idempotency<Done> | null,
  outcome: Done | Refused,
): Promise<Outcome<Done>> {
  const isPassing = 'refusal' in outcome && !isKept(outcome.refusal);
  if (idempotency === null || isPassing) return Promise.resolve(outcome);
  return retryOnDuplicateKey(() =>
    transaction(deps.db, async (trx): Promise<Outcome<Done>> => {
      const replay = await replayIn(trx, idempotency);
      if (replay !== null) return replay;
      await query(trx, keepOutcomes([{ idempotency, outcome }], deps.clock()));
      return outcome;
    }),
  );
}

function toStored(key: IdempotencyKey, { status, body }: Rendered) {
  return { ...key, status, body: JSON.stringify(body ?? null) };
}

function keysOf(requests: readonly MaybeKeyed[]): IdempotencyKey[] {
  return requests.flatMap((request) => request?.key ?? []);
}
