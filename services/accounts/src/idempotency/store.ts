import {
  allOf,
  change,
  constant,
  join,
  type Query,
  select,
  sql,
  type TransactionQuery,
  table,
  uuid,
  uuidColumn,
} from '@guichet/database';
import type { IdempotencyKey } from './outcome.ts';

/** A rendered reply, stored under the key of its request. */
export interface StoredAnswer extends IdempotencyKey {
  status: number;
  /** JSON. */
  body: string;
}

const answers = table<StoredAnswer & { createdAt: Date }>('idempotency_keys', {
  userId: uuidColumn('user_id'),
  key: 'idempotency_key',
  requestHash: 'request_hash',
  status: 'status',
  body: 'body',
  createdAt: 'created_at',
});

const isOneOf = (keys: readonly IdempotencyKey[]) =>
  sql`(user_id, idempotency_key) IN (${join(
    keys.map(({ userId, key }) => sql`(${uuid(userId)}, ${key})`),
    sql`, `,
  )})`;

/** The replies stored under these keys, by `userId key`. */
export function findAnswers(keys: readonly IdempotencyKey[]): Query<Map<string, StoredAnswer>> {
  if (keys.length === 0) return constant(new Map());
  return answers
    .select(isOneOf(keys))
    .map((rows) => new Map(rows.map((row) => [`${row.userId} ${row.key}`, row])));
}

/** The keys under which replies to a user are stored, in order. A reply may be long, so it isn't read. */
export function listKeys(
  userId: string,
  afterKey: string | undefined,
  limit: number,
): Query<{ key: string; status: number; createdAt: Date }[]> {
  const where = allOf(
    sql`user_id = ${uuid(userId)}`,
    afterKey === undefined ? undefined : sql`idempotency_key > ${afterKey}`,
  );
  return select(
    sql`SELECT idempotency_key AS \`key\`, status, created_at AS createdAt FROM idempotency_keys
     WHERE ${where} ORDER BY idempotency_key LIMIT ${limit}`,
  );
}

/** Fails with a duplicate key if another transaction has stored a reply under the same key meanwhile. */
export function insertAnswers(given: readonly StoredAnswer[], now: Date): Query<void> {
  return answers.insert(given.map((one) => ({ ...one, createdAt: now })));
}

/** Writes to replies without changing their content: their time moves by a millisecond. */
export function touchAnswers(keys: readonly IdempotencyKey[]): TransactionQuery<unknown> {
  if (keys.length === 0) return constant(0);
  const sorted = keys.toSorted((a, b) => (`${a.userId} ${a.key}` < `${b.userId} ${b.key}` ? -1 : 1));
  return change(
    sql`UPDATE idempotency_keys SET created_at = created_at + INTERVAL 1000 MICROSECOND WHERE ${isOneOf(sorted)}`,
  );
}

/** Replaces the body of a reply that was stored without one. */
export function completeAnswer({ userId, key }: IdempotencyKey, body: string): Query<unknown> {
  return answers.update({ body }, sql`user_id = ${uuid(userId)} AND idempotency_key = ${key}`);
}

/** Deletes stored replies to a user, a few at a time. @returns how many */
export function deleteAnswersTo(userId: string, limit: number): Query<number> {
  return answers.delete(sql`user_id = ${uuid(userId)} LIMIT ${limit}`);
}

/** Deletes replies stored before `before`, a few at a time. @returns how many */
export function pruneAnswers(before: Date, limit: number): Query<number> {
  return answers.delete(sql`created_at < ${before} ORDER BY created_at LIMIT ${limit}`);
}
