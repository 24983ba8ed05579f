import { type Query, type Read, sql, table } from '@guichet/database';

export interface PersonRow {
  readonly id: string;
  /** Null for a deleted user. */
  readonly username: string | null;
  readonly version: number;
}

const people = table<PersonRow>('people', { id: 'id', username: 'username', version: 'version' });

/** Stores users as they are known now; an older version never replaces a newer one. */
export function upsertPeople(given: readonly PersonRow[]): Query<void> {
  return people.upsert(
    given,
    ['id', 'username', 'version'],
    sql`username = IF(VALUES(version) > version, VALUES(username), username), version = GREATEST(version, VALUES(version))`,
  );
}

export function forgetNames(ids: readonly string[]): Query<number> {
  return people.update({ username: null }, sql`id IN (${ids})`);
}

/** The id of the user who has this username now, or null. */
export function findByUsername(username: string): Query<string | null> {
  return people.find(sql`username = ${username}`).map((person) => person?.id ?? null);
}

/** The current usernames of users who were not deleted, by id. */
export function readUsernames(ids: readonly string[]): Read<Map<string, string>> {
  return people
    .select(sql`id IN (${ids}) AND username IS NOT NULL`)
    .map((rows) => new Map(rows.map(({ id, username }) => [id, username ?? ''])));
}
