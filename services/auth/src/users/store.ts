import {
  emailKey,
  type Language,
  type OptionalMailKind,
  type Role,
  STAFF_ROLES,
  type UserStatus,
} from '@guichet/contract';
import {
  allOf,
  change,
  type Database,
  findsText,
  identifier,
  queryOnce,
  type Readable,
  type Sql,
  select,
  sql,
  type Transaction,
  table,
} from '@guichet/database';
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
  /** The kinds of mail that the user refuses. */
  refused_mails: readonly OptionalMailKind[];
  /** Proves that a link to refuse a kind of mail was mailed to the user. Null once the user is deleted. */
  mail_secret: string | null;
  password_hash: string | null;
  totp_enabled: 0 | 1;
  /** How many the user has; changed with them, while the user is locked. */
  passkeys: number;
  email_confirmed: 0 | 1;
  decoy: 0 | 1;
  /** When an agent was last sent an invitation. */
  invited_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

export interface UserFilter {
  q?: string | undefined;
  /** `staff`: agents and superusers. */
  role?: Role | 'staff' | undefined;
  status?: UserStatus | undefined;
}

export type UserChanges = Partial<
  Omit<UserRow, 'id' | 'version' | 'created_at' | 'updated_at' | 'email_key'>
>;

const users = table<UserRow>('users', {
  id: 'id',
  version: 'version',
  username: 'username',
  email: 'email',
  email_key: 'email_key',
  pending_email: 'pending_email',
  first_name: 'first_name',
  last_name: 'last_name',
  verified_first_name: 'verified_first_name',
  verified_last_name: 'verified_last_name',
  role: 'role',
  status: 'status',
  language: 'language',
  refused_mails: {
    column: 'refused_mails',
    read: (kinds: string) => (kinds === '' ? [] : (kinds.split(',') as OptionalMailKind[])),
    write: (kinds) => kinds.join(','),
  },
  mail_secret: 'mail_secret',
  password_hash: 'password_hash',
  totp_enabled: 'totp_enabled',
  passkeys: 'passkeys',
  email_confirmed: 'email_confirmed',
  decoy: 'decoy',
  invited_at: 'invited_at',
  created_at: 'created_at',
  updated_at: 'updated_at',
});

// Neither decoys nor deleted users are found.
const FINDABLE = sql`decoy = 0 AND status <> 'deleted'`;

export async function findUser(db: Database, id: string): Promise<UserRow | null> {
  return queryOnce(db, users.find(sql`${FINDABLE} AND id = ${id}`));
}

export async function lockUser(trx: Transaction, id: string): Promise<UserRow | null> {
  return queryOnce(trx, users.lockOne(sql`${FINDABLE} AND id = ${id}`));
}

/** Locks users in the order of their ids, which is the same in every transaction. */
export async function lockUsers(trx: Transaction, ids: readonly string[]): Promise<UserRow[]> {
  return queryOnce(trx, users.lock(sql`${FINDABLE} AND id IN (${ids}) ORDER BY id`));
}

/** Locks the user who may have just signed in under this id, decoys too. */
export async function lockAnyUser(trx: Transaction, id: string): Promise<UserRow | null> {
  return queryOnce(trx, users.lockOne(sql`id = ${id}`));
}

/** By username, or by a confirmed email address. Decoys are found too: they sign in like a pending user. */
export async function findUserByLogin(db: Database, { column, key }: LoginName): Promise<UserRow | null> {
  const confirmed = column === 'email_key' ? sql`email_confirmed = 1` : undefined;
  const where = allOf(sql`${identifier(column)} = ${key}`, sql`status <> 'deleted'`, confirmed);
  return queryOnce(db, users.find(where));
}

/** Locks, so that the user who has the address keeps it until the transaction ends. */
export async function lockUserByEmail(trx: Transaction, email: string): Promise<UserRow | null> {
  return queryOnce(trx, users.lockOne(sql`${FINDABLE} AND email_key = ${emailKey(email)}`));
}

export async function usernameIsTaken(db: Database, username: string): Promise<boolean> {
  return (await queryOnce(db, users.find(sql`username = ${username}`))) !== null;
}

/** @throws a duplicate key error for `users_username` or `users_email_key` */
export async function insertUser(trx: Transaction, user: Omit<UserRow, 'email_key'>): Promise<UserRow> {
  const row = { ...user, email_key: user.email === null ? null : emailKey(user.email) };
  await queryOnce(trx, users.insert([row]));
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
  await queryOnce(trx, users.update(written, sql`id = ${user.id}`));
  return { ...user, ...written };
}

/** Counts the versions of locked users up, without another change. */
export async function countVersionsUp(trx: Transaction, locked: readonly UserRow[]): Promise<UserRow[]> {
  const ids = locked.map(({ id }) => id);
  await queryOnce(trx, change(sql`UPDATE users SET version = version + 1 WHERE id IN (${ids})`));
  return locked.map((user) => ({ ...user, version: user.version + 1 }));
}

/** Keeps the same password under another hash, unless it was changed meanwhile. To others the user is unchanged. */
export async function replacePasswordHash(db: Database, id: string, from: string, to: string): Promise<void> {
  await queryOnce(db, users.update({ password_hash: to }, sql`id = ${id} AND password_hash = ${from}`));
}

/** Newest first, from below the id `before`. */
export async function listUsers(
  db: Readable,
  filter: UserFilter,
  { limit, before }: { limit: number; before: string | null },
): Promise<UserRow[]> {
  const where = allOf(matching(filter), before === null ? undefined : sql`id < ${before}`);
  return queryOnce(db, users.select(sql`${where} ORDER BY id DESC LIMIT ${limit}`));
}

export async function countUsers(db: Readable, filter: UserFilter): Promise<number> {
  const counted = select<{ count: bigint }>(
    sql`SELECT COUNT(*) AS count FROM users WHERE ${matching(filter)}`,
  );
  const [row] = await queryOnce(db, counted);
  return Number(row?.count ?? 0);
}

function matching({ q, role, status }: UserFilter): Sql {
  return allOf(
    FINDABLE,
    role === undefined ? undefined : sql`role IN (${role === 'staff' ? STAFF_ROLES : [role]})`,
    status === undefined ? undefined : sql`status = ${status}`,
    q === undefined
      ? undefined
      : findsText(q, { containing: [sql`username`, sql`email`, sql`CONCAT_WS(' ', first_name, last_name)`] }),
  );
}

/** Every user who was ever published, in the order of their ids, from above `after`. */
export async function lockUsersAfter(trx: Transaction, after: string, limit: number): Promise<UserRow[]> {
  return queryOnce(trx, users.lock(sql`decoy = 0 AND id > ${after} ORDER BY id LIMIT ${limit}`));
}

export async function listSuperuserIds(db: Database): Promise<string[]> {
  const rows = await queryOnce(db, users.select(sql`${FINDABLE} AND role = 'superuser' ORDER BY id`));
  return rows.map(({ id }) => id);
}

/** The agents that `guichet-admin test-agents` created. */
export async function listTestAgentIds(db: Database): Promise<string[]> {
  const named = sql`role = 'agent' AND username REGEXP '^test-agent-[0-9a-f]{8}-[0-9]$'`;
  const rows = await queryOnce(db, users.select(sql`${FINDABLE} AND ${named} ORDER BY id`));
  return rows.map(({ id }) => id);
}

export async function superuserExists(db: Database | Transaction): Promise<boolean> {
  return (await queryOnce(db, users.find(sql`${FINDABLE} AND role = 'superuser'`))) !== null;
}

/** Decoys are kept as long as a genuine registration may wait for an agent. @returns how many were deleted */
export async function deleteDecoys(trx: Transaction, createdBefore: Date, limit: number): Promise<number> {
  return queryOnce(trx, users.delete(sql`decoy = 1 AND created_at < ${createdBefore} LIMIT ${limit}`));
}
