import { emailKey, type Language, type Role, type UserStatus } from '@guichet/contract';
import { type Database, findsText, sql, type Transaction } from '@guichet/database';
import type { LoginName } from './rules.ts';

export interface UserRow {
  id: string;
  version: number;
  username: string;
  email: string | null;
  email_key: string | null;
  pending_email: string | null;
  first_name: string | null;
  last_name: string | null;
  /** The name that an agent verified. */
  verified_first_name: string | null;
  verified_last_name: string | null;
  role: Role;
  status: UserStatus;
  language: Language;
  password_hash: string | null;
  totp_enabled: 0 | 1;
  email_confirmed: 0 | 1;
  phantom: 0 | 1;
  created_at: Date;
  updated_at: Date;
}

export interface UserFilter {
  q?: string | undefined;
  role?: Role | undefined;
  status?: UserStatus | undefined;
}

export type UserChanges = Partial<
  Omit<UserRow, 'id' | 'version' | 'created_at' | 'updated_at' | 'email_key'>
>;

/** A user whom people can find: no phantom, and not forgotten. */
export async function findUser(db: Database, id: string): Promise<UserRow | null> {
  return (await findable(db).where({ id }).first()) ?? null;
}

export async function lockUser(trx: Transaction, id: string): Promise<UserRow | null> {
  return (await findable(trx).where({ id }).forUpdate().first()) ?? null;
}

/** Locks users, in the order of their ids, which is the same in every transaction. */
export async function lockUsers(trx: Transaction, ids: readonly string[]): Promise<UserRow[]> {
  return findable(trx).whereIn('id', ids).orderBy('id').forUpdate();
}

/** Locks whoever may have just signed in under this id, phantoms too. */
export async function lockAnyUser(trx: Transaction, id: string): Promise<UserRow | null> {
  return (await trx<UserRow>('users').where({ id }).forUpdate().first()) ?? null;
}

/** By username, or by a confirmed e-mail address. Decoys are found too: they sign in like a pending user. */
export async function findUserByLogin(db: Database, { column, key }: LoginName): Promise<UserRow | null> {
  const query = db<UserRow>('users').where(column, key).whereNot({ status: 'deleted' });
  if (column === 'email_key') query.where({ email_confirmed: 1 });
  return (await query.first()) ?? null;
}

/** Locks, so that whoever has the address keeps it until the transaction ends. */
export async function lockUserByEmail(trx: Transaction, email: string): Promise<UserRow | null> {
  return (
    (await findable(trx)
      .where({ email_key: emailKey(email) })
      .forUpdate()
      .first()) ?? null
  );
}

export async function usernameIsTaken(db: Database, username: string): Promise<boolean> {
  return (await db('users').where({ username }).first('id')) !== undefined;
}

/** @throws a duplicate key error for `users_username` or `users_email_key` */
export async function insertUser(trx: Transaction, user: Omit<UserRow, 'email_key'>): Promise<UserRow> {
  const row = { ...user, email_key: user.email === null ? null : emailKey(user.email) };
  await trx('users').insert(row);
  return row;
}

/** Writes the changes to a user that is locked, and counts the version up. @throws a duplicate key error for `users_email_key` */
export async function updateUser(
  trx: Transaction,
  user: UserRow,
  changes: UserChanges,
  now: Date,
): Promise<UserRow> {
  const email = changes.email;
  const written = {
    ...changes,
    ...(email === undefined ? {} : { email_key: email === null ? null : emailKey(email) }),
    version: user.version + 1,
    updated_at: now,
  };
  await trx('users').where({ id: user.id }).update(written);
  return { ...user, ...written };
}

/** Keeps the same password under another hash, unless it was changed meanwhile. To others the user is unchanged. */
export async function replacePasswordHash(db: Database, id: string, from: string, to: string): Promise<void> {
  await db('users').where({ id, password_hash: from }).update({ password_hash: to });
}

/** Newest first, from below the id `before`. */
export async function listUsers(
  db: Database,
  filter: UserFilter,
  page: { limit: number; before: string | null },
): Promise<UserRow[]> {
  const query = findable(db).orderBy('id', 'desc').limit(page.limit);
  if (filter.role !== undefined) query.where({ role: filter.role });
  if (filter.status !== undefined) query.where({ status: filter.status });
  if (page.before !== null) query.where('id', '<', page.before);
  if (filter.q !== undefined) {
    const found = findsText(filter.q, {
      containing: [sql`username`, sql`email`, sql`CONCAT_WS(' ', first_name, last_name)`],
    });
    query.whereRaw(found.text.replaceAll('?', '\\?'));
  }
  return query;
}

/** Everybody who ever was told of, in the order of their ids, from above `after`. */
export async function lockUsersAfter(trx: Transaction, after: string, limit: number): Promise<UserRow[]> {
  return trx<UserRow>('users')
    .where({ phantom: 0 })
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .forUpdate();
}

export async function superuserExists(db: Database): Promise<boolean> {
  return (await findable(db).where({ role: 'superuser' }).first()) !== undefined;
}

/** Phantoms are kept as long as an honest registration may wait for an agent. @returns how many went */
export async function deletePhantoms(db: Database, createdBefore: Date, limit: number): Promise<number> {
  return db('users').where({ phantom: 1 }).where('created_at', '<', createdBefore).limit(limit).delete();
}

function findable(db: Database) {
  return db<UserRow>('users').where({ phantom: 0 }).whereNot({ status: 'deleted' });
}
