import { type Database, insertInto, nothing, type Statement, select } from '@guichet/database';
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
  if (keys.length === 0) return nothing(new Map());
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

/** Forgets answers given before `before`, a few at a time. @returns how many */
export async function pruneAnswers(db: Database, before: Date, limit: number): Promise<number> {
  const [result] = await db.raw(
    'DELETE FROM idempotency_keys WHERE created_at < ? ORDER BY created_at LIMIT ?',
    [before, limit],
  );
  return result.affectedRows;
}
