import {
  isDuplicateKey,
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

// The same request twice: everything that finds, stores and replays the outcome of a key, for batches and for single requests.

type MaybeKeyed = { key: IdempotencyKey } | null;
type IdempotencyDeps = Pick<Deps, 'db' | 'clock' | 'inFlightKeys'>;

/** For each request: the outcome to replay if its key has one, `idempotency_key_reused` if the key was used for something else, else null. */
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

/**
 * Belongs to the transaction that found replays, before its commit. What one replica has committed others see a moment before it is on
 * disk: an outcome that was only read could be given, and forgotten by a database that is killed in that moment. What is written here
 * comes after it in the database's own log, and so is on disk with it.
 */
export function settleReplays(
  requests: readonly MaybeKeyed[],
  replays: readonly (Refused | Replayed | null)[],
): TransactionQuery<unknown> {
  return touchAnswers(keysOf(requests.filter((_, index) => replays[index] !== null)));
}

/** Stores outcomes in the transaction of what they are about. */
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
 * For what needs no batch: runs `work` in one transaction, which also stores its outcome. A refusal is an outcome too, and what `work` wrote
 * before it threw one is undone. If `work` returns null, nothing is stored.
 */
export async function once<Done extends object | null>(
  deps: IdempotencyDeps,
  idempotency: Idempotency<NonNullable<Done>> | null,
  work: (trx: Transaction) => Promise<Done>,
): Promise<Outcome<Done>> {
  const release = claimKey(deps.inFlightKeys, idempotency?.key);
  try {
    return await retryOnDuplicateKey(() =>
      transaction(deps.db, async (trx): Promise<Outcome<Done>> => {
        const replay = await replayIn(trx, idempotency);
        if (replay !== null) return replay;
        const outcome = await work(trx);
        if (outcome !== null) await query(trx, keepOutcomes([{ idempotency, outcome }], deps.clock()));
        return outcome;
      }),
    );
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    await keepAlone(deps, idempotency, { refusal: error });
    return { refusal: error };
  } finally {
    release();
  }
}

/**
 * The same for slow work that writes nothing: no transaction is open meanwhile, because many of them would use up the connections, including
 * those that the work itself needs.
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
    const outcome = await work();
    await keepAlone(deps, idempotency, outcome);
    return outcome;
  } finally {
    release();
  }
}

/**
 * Begins a bulk decision. It spans several transactions, so that each of its items has a key of its own, stored with what the item did; the
 * bulk decision's key holds the hash and, once every item has its outcome, the whole reply.
 * @returns null if it begins now; the same as `findReplays` if it began before, with a body of null if it did not end
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

async function replayIn(trx: Transaction, request: MaybeKeyed): Promise<Refused | Replayed | null> {
  if (request === null) return null;
  const [[replay = null]] = await query(trx, findReplays([request]));
  if (replay !== null) await query(trx, settleReplays([request], [replay]));
  return replay;
}

/** Stores an outcome after the transaction it came from. If another replica stored one meanwhile, that one is kept. */
async function keepAlone<Done extends object>(
  deps: IdempotencyDeps,
  idempotency: Idempotency<Done> | null,
  outcome: Done | Refused,
): Promise<void> {
  const kept = keepOutcomes([{ idempotency, outcome }], deps.clock());
  if (kept.sql === null) return;
  await transaction(deps.db, (trx) => query(trx, kept)).catch((error: unknown) => {
    if (!isDuplicateKey(error)) throw error;
  });
}

function toStored(key: IdempotencyKey, { status, body }: Rendered) {
  return { ...key, status, body: JSON.stringify(body ?? null) };
}

function keysOf(requests: readonly MaybeKeyed[]): IdempotencyKey[] {
  return requests.flatMap((request) => request?.key ?? []);
}
