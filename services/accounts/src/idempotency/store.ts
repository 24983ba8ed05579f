import type { Database, Transaction } from '@guichet/database';
import type { IdempotencyKey } from './answer.ts';

export interface StoredAnswer {
  userId: string;
  key: string;
  requestHash: string;
  status: number;
  body: string;
}

/** The answers given under these keys, by `userId key`. */
export async function findAnswers(
  trx: Transaction | Database,
  keys: readonly IdempotencyKey[],
): Promise<Map<string, StoredAnswer>> {
  if (keys.length === 0) return new Map();
  const [rows] = await trx.raw(
    `SELECT user_id AS userId, idempotency_key AS \`key\`, request_hash AS requestHash, status, body
     FROM idempotency_keys WHERE (user_id, idempotency_key) IN (${keys.map(() => '(?, ?)').join(', ')})`,
    keys.flatMap(({ userId, key }) => [userId, key]),
  );
  return new Map((rows as StoredAnswer[]).map((row) => [`${row.userId} ${row.key}`, row]));
}

/** @throws a duplicate key where another transaction answered under the same key meanwhile */
export async function insertAnswers(
  trx: Transaction,
  answers: readonly StoredAnswer[],
  now: Date,
): Promise<void> {
  if (answers.length === 0) return;
  await trx('idempotency_keys').insert(
    answers.map((one) => ({
      user_id: one.userId,
      idempotency_key: one.key,
      request_hash: one.requestHash,
      status: one.status,
      body: one.body,
      created_at: now,
    })),
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
