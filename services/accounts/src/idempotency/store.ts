import { change, constant, type Database, insertInto, type Statement, select } from '@guichet/database';
import type { IdempotencyKey } from './answer.ts';

export interface StoredAnswer {
  userId: string;
  key: string;
  requestHash: string;
  status: number;
  body: string;
}

/** The answers given under these keys, by `userId key`. */
export function findAnswers(keys: readonly IdempotencyKey[]): Statement<Map<string, StoredAnswer>> {
  if (keys.length === 0) return constant(new Map());
  return select(
    `SELECT user_id AS userId, idempotency_key AS \`key\`, request_hash AS requestHash, status, body
     FROM idempotency_keys WHERE (user_id, idempotency_key) IN (${keys.map(() => '(?, ?)').join(', ')})`,
    keys.flatMap(({ userId, key }) => [userId, key]),
    (rows: StoredAnswer[]) => new Map(rows.map((row) => [`${row.userId} ${row.key}`, row])),
  );
}

/** Fails with a duplicate key where another transaction answered under the same key meanwhile. */
export function insertAnswers(answers: readonly StoredAnswer[], now: Date): Statement<void> {
  return insertInto(
    'idempotency_keys',
    ['user_id', 'idempotency_key', 'request_hash', 'status', 'body', 'created_at'],
    answers.map((one) => [one.userId, one.key, one.requestHash, one.status, one.body, now]),
  );
}

/** Writes to answers without changing what they say; the moment at which they were given moves by a millisecond. */
export function touchAnswers(keys: readonly IdempotencyKey[]): Statement<void> {
  if (keys.length === 0) return constant(undefined);
  const sorted = keys.toSorted((a, b) => (`${a.userId} ${a.key}` < `${b.userId} ${b.key}` ? -1 : 1));
  return change(
    `UPDATE idempotency_keys SET created_at = created_at + INTERVAL 1000 MICROSECOND
     WHERE (user_id, idempotency_key) IN (${keys.map(() => '(?, ?)').join(', ')})`,
    sorted.flatMap(({ userId, key }) => [userId, key]),
  );
}

/** Adds the body to an answer that was stored without one. */
export function completeAnswer({ userId, key }: IdempotencyKey, body: string): Statement<void> {
  return change('UPDATE idempotency_keys SET body = ? WHERE user_id = ? AND idempotency_key = ?', [
    body,
    userId,
    key,
  ]);
}

/** Forgets answers given before `before`, a few at a time. @returns how many */
export async function pruneAnswers(db: Database, before: Date, limit: number): Promise<number> {
  const [result] = await db.raw(
    'DELETE FROM idempotency_keys WHERE created_at < ? ORDER BY created_at LIMIT ?',
    [before, limit],
  );
  return result.affectedRows;
}
