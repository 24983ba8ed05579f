import type { Database, Transaction } from '@guichet/database';

export interface PersonRow {
  readonly id: string;
  /** Null once the person is forgotten. */
  readonly username: string | null;
  readonly version: number;
}

/** Writes users as they are known now; an older version never replaces a newer one. */
export async function upsertPeople(trx: Transaction, people: readonly PersonRow[]): Promise<void> {
  await trx.raw(
    `INSERT INTO people (id, username, version) VALUES ?
     ON DUPLICATE KEY UPDATE username = IF(VALUES(version) > version, VALUES(username), username),
       version = GREATEST(version, VALUES(version))`,
    [people.map(({ id, username, version }) => [id, username, version]) as never],
  );
}

export async function forgetNames(db: Database, ids: readonly string[]): Promise<void> {
  await db('people').whereIn('id', ids).update({ username: null });
}

/** The user who bears this name now. */
export async function findByUsername(db: Database, username: string): Promise<string | null> {
  const row = await db('people').where({ username }).first<{ id: string }>('id');
  return row?.id ?? null;
}
