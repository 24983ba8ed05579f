import { type Query, queryOnce, type Read, select, sql, type Transaction, table } from '@guichet/database';
import { newPersonKey, type PersonKey } from './sealing.ts';

interface KeyRow {
  userId: string;
  /** Null once the person was forgotten. */
  key: PersonKey | null;
  destroyedAt: Date | null;
}

const personKeys = table<KeyRow>('person_keys', {
  userId: 'user_id',
  key: 'seal_key',
  destroyedAt: 'destroyed_at',
});

/** Keys by person; null for a person who was forgotten. */
export type PersonKeys = ReadonlyMap<string, PersonKey | null>;

const byPerson = (rows: KeyRow[]): PersonKeys => new Map(rows.map(({ userId, key }) => [userId, key]));

export function findKeys(ids: readonly string[]): Read<PersonKeys> {
  return personKeys.select(sql`user_id IN (${ids})`).map(byPerson);
}

/** Which of these persons still have a username in the log. Only their deletion removes it. */
export function findKnown(ids: readonly string[]): Query<Set<string>> {
  return select(
    sql`SELECT id FROM people WHERE id IN (${ids}) AND username IS NOT NULL`,
    (rows: { id: string }[]) => new Set(rows.map(({ id }) => id)),
  );
}

/** Gives a key to the persons who are missing in `known`. @returns the keys of all of `ids`; a person who was forgotten before gets none */
export async function giveKeys(
  trx: Transaction,
  ids: readonly string[],
  known: PersonKeys,
): Promise<PersonKeys> {
  const missing = ids.filter((id) => !known.has(id));
  if (missing.length === 0) return known;
  const rows = missing.map((userId) => ({ userId, key: newPersonKey() }));
  await queryOnce(trx, personKeys.upsert(rows, ['userId', 'key'], sql`user_id = person_keys.user_id`));
  // A lock reads what is committed now: the person may have been forgotten since the transaction began.
  const given = byPerson(await queryOnce(trx, personKeys.lock(sql`user_id IN (${missing})`)));
  return new Map([...known, ...given]);
}

/** From now on, nothing that the log says about these persons can be read. What comes about them later is not kept. */
export function destroyKeys(ids: readonly string[], now: Date): Query<void> {
  return personKeys.upsert(
    ids.map((userId) => ({ userId, key: null, destroyedAt: now })),
    ['userId', 'key', 'destroyedAt'],
    sql`seal_key = NULL, destroyed_at = COALESCE(person_keys.destroyed_at, VALUES(destroyed_at))`,
  );
}
