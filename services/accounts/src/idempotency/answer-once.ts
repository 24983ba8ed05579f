import { createHash } from 'node:crypto';
import { isDuplicateKey, query, type Statement, type Transaction, transaction } from '@guichet/database';
import { Problem } from '@guichet/errors';
import type { Handling, Reply } from '@guichet/http';
import type { Caller } from '@guichet/tokens';
import type { Bank } from '../bank.ts';
import { refuse } from '../errors.ts';
import { type Answer, type Answered, fromStored, type IdempotencyKey, isKept, toStored } from './answer.ts';
import { findAnswers, insertAnswers, touchAnswers } from './store.ts';

/**
 * The key of a request, from its Idempotency-Key header. The hash covers the route, its parameters and `meaning`: the body in one form,
 * whatever its spelling, and without one-time codes, so that a retry with a fresh code is the same request. @returns null without the header
 */
export function readIdempotencyKey(
  request: Pick<
    Handling<unknown, unknown, unknown, Caller>,
    'idempotencyKey' | 'route' | 'params' | 'caller'
  >,
  meaning: unknown,
): IdempotencyKey | null {
  if (request.idempotencyKey === null) return null;
  const covered = canonical([request.route, request.params ?? null, meaning]);
  return {
    userId: request.caller.userId,
    key: request.idempotencyKey,
    requestHash: createHash('sha256').update(covered).digest('hex'),
  };
}

/** JSON with sorted keys and without null fields, because null and absent mean the same. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return String(inner);
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    const given = Object.entries(inner).filter(([, field]) => field !== null && field !== undefined);
    return Object.fromEntries(given.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/**
 * Runs `work` unless its key was answered already.
 * @throws Problem request_in_progress while another request with the same key runs in this process
 */
export async function whileRunning<Result>(
  { keysUnderWay }: Pick<Bank, 'keysUnderWay'>,
  key: IdempotencyKey | null,
  work: () => Promise<Result>,
): Promise<Result> {
  if (key === null) return work();
  const name = `${key.userId} ${key.key}`;
  if (keysUnderWay.has(name))
    throw refuse.request_in_progress(undefined, { headers: { 'Retry-After': '1' } });
  keysUnderWay.add(name);
  try {
    return await work();
  } finally {
    keysUnderWay.delete(name);
  }
}

/**
 * Runs `work`, a transaction, anew where another one wrote a row of the same key meanwhile: under the same Idempotency-Key, say, on another
 * replica. The next round finds what that one wrote.
 */
export async function untilUnrivalled<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 3 || !isDuplicateKey(error)) throw error;
    }
  }
}

/** The replayed answer of each key that was answered before; `idempotency_key_reused` where it was for something else. */
export function findReplays(keys: readonly (IdempotencyKey | null)[]): Statement<(Answered | null)[]> {
  return findAnswers(keys.filter((key) => key !== null)).map((known) =>
    keys.map((key) => {
      const stored = key === null ? undefined : known.get(`${key.userId} ${key.key}`);
      if (key === null || stored === undefined) return null;
      return stored.requestHash === key.requestHash
        ? { answer: fromStored(stored), replayed: true }
        : { answer: { refusal: refuse.idempotency_key_reused() }, replayed: false };
    }),
  );
}

/**
 * Belongs to the transaction that found replays, before its commit. What one replica has committed others see a moment before it is on
 * disk: an answer that was only read could be given, and forgotten by a database that is killed in that moment. What is written here
 * stands after it in the database's own log, and so is on disk with it.
 */
export function settleReplays(
  keys: readonly (IdempotencyKey | null)[],
  replays: readonly (Answered | null)[],
): Statement<void> {
  return touchAnswers(keys.flatMap((key, index) => (replays[index] === null ? [] : (key ?? []))));
}

/** Keeps the answers in the transaction of what they tell. */
export function keepAnswers(
  answers: readonly { key: IdempotencyKey | null; answer: Answer }[],
  now: Date,
): Statement<void> {
  const kept = answers.flatMap(({ key, answer }) =>
    key === null || !isKept(answer) ? [] : [{ ...key, ...toStored(answer) }],
  );
  return insertAnswers(kept, now);
}

/**
 * For what needs no batch: runs `work` in one transaction with the keeping of its answer. A refusal is an answer too, and what
 * `work` wrote before it threw one is undone.
 */
export async function answerOnce(
  bank: Pick<Bank, 'db' | 'keysUnderWay'>,
  { key, now }: { key: IdempotencyKey | null; now: Date },
  work: (trx: Transaction) => Promise<{ status: number; body: unknown }>,
): Promise<Reply> {
  const { db } = bank;
  const inOne = <Result>(all: (trx: Transaction) => Promise<Result>) =>
    untilUnrivalled(() => transaction(db, all));
  if (key === null) return toReply({ answer: await inOne(work), replayed: false });
  return whileRunning(bank, key, async () => {
    try {
      return toReply(
        await inOne(async (trx): Promise<Answered> => {
          const replay = await replayIn(trx, key);
          if (replay !== null) return replay;
          const answer = await work(trx);
          await query(trx, keepAnswers([{ key, answer }], now));
          return { answer, replayed: false };
        }),
      );
    } catch (error) {
      if (
        error instanceof Problem &&
        error.status < 500 &&
        error.code !== refuse.idempotency_key_reused.code
      ) {
        const kept = keepAnswers([{ key, answer: { refusal: error } }], now);
        await transaction(db, (trx) => query(trx, kept)).catch(ignoreKept);
      }
      throw error;
    }
  });
}

/**
 * The same for slow work that writes nothing: no transaction is open meanwhile, because many of them would use up the connections, including
 * those that the work itself needs.
 */
export async function answerLongOnce(
  bank: Pick<Bank, 'db' | 'keysUnderWay'>,
  { key, now }: { key: IdempotencyKey | null; now: Date },
  work: () => Promise<{ status: number; body: unknown }>,
): Promise<Reply> {
  if (key === null) return toReply({ answer: await work(), replayed: false });
  return whileRunning(bank, key, async () => {
    const replay = await transaction(bank.db, (trx) => replayIn(trx, key));
    if (replay !== null) return toReply(replay);
    const answer = await work();
    await transaction(bank.db, (trx) => query(trx, keepAnswers([{ key, answer }], now))).catch(ignoreKept);
    return toReply({ answer, replayed: false });
  });
}

async function replayIn(trx: Transaction, key: IdempotencyKey): Promise<Answered | null> {
  const [[replay]] = await query(trx, findReplays([key]));
  if (!replay) return null;
  await query(trx, settleReplays([key], [replay]));
  return replay;
}

// An answer that another replica stored under the key in the meantime is kept.
function ignoreKept(error: unknown): void {
  if (!isDuplicateKey(error)) throw error;
}

/** An answer as a reply, `Idempotency-Replayed` where it was given before. @throws the refusal */
export function toReply({ answer, replayed }: Answered): Reply {
  const headers: Record<string, string> = replayed ? { 'Idempotency-Replayed': 'true' } : {};
  if ('refusal' in answer) {
    const { code, status, title, detail, errors, headers: own, message } = answer.refusal;
    throw new Problem(code, status, title, {
      detail: detail ?? undefined,
      errors,
      headers: { ...own, ...headers },
      internal: message,
    });
  }
  return answer.status === 204
    ? { status: 204, headers }
    : { status: answer.status, body: answer.body, headers };
}
