import { allOf, type Database, queryOnce, select, sql, type Transaction, table } from '@guichet/database';
import type { Caller } from '@guichet/tokens';

export interface SessionRow {
  id: string;
  user_id: string;
  created_at: Date;
  last_used_at: Date;
  expires_at: Date;
  user_agent: string | null;
  ip: string | null;
  /** The trusted device that it began on. */
  device_id: string | null;
  ended_at: Date | null;
  end_reason: string | null;
  /** Whether the user has proved a second factor in this session. */
  second_factor: 0 | 1;
}

export interface RefreshTokenRow {
  token_hash: string;
  session_id: string;
  issued_at: Date;
  used_at: Date | null;
  /** The replica that exchanged it, whose clock `used_at` is. */
  used_by: string | null;
  successor: string | null;
}

const sessions = table<SessionRow>('sessions', {
  id: 'id',
  user_id: 'user_id',
  created_at: 'created_at',
  last_used_at: 'last_used_at',
  expires_at: 'expires_at',
  user_agent: 'user_agent',
  ip: 'ip',
  device_id: 'device_id',
  ended_at: 'ended_at',
  end_reason: 'end_reason',
  second_factor: 'second_factor',
});

const refreshTokens = table<RefreshTokenRow>('refresh_tokens', {
  token_hash: 'token_hash',
  session_id: 'session_id',
  issued_at: 'issued_at',
  used_at: 'used_at',
  used_by: 'used_by',
  successor: 'successor',
});

interface Revocation {
  session_id: string;
  until: Date;
}

const revocations = table<Revocation>('revocations', { session_id: 'session_id', until: 'until' });

interface KnownDevice {
  user_id: string;
  device_hash: string;
  first_seen_at: Date;
  last_seen_at: Date;
}

const knownDevices = table<KnownDevice>('known_devices', {
  user_id: 'user_id',
  device_hash: 'device_hash',
  first_seen_at: 'first_seen_at',
  last_seen_at: 'last_seen_at',
});

export async function insertSession(trx: Transaction, session: SessionRow): Promise<void> {
  await queryOnce(trx, sessions.insert([session]));
}

export async function findSession(db: Database | Transaction, id: string): Promise<SessionRow | null> {
  return queryOnce(db, sessions.find(sql`id = ${id}`));
}

export async function lockSession(trx: Transaction, id: string): Promise<SessionRow | null> {
  return queryOnce(trx, sessions.lockOne(sql`id = ${id}`));
}

/** The sessions of a user that have not ended, locked in the order of their ids. */
export async function lockOpenSessions(trx: Transaction, userId: string): Promise<SessionRow[]> {
  return queryOnce(trx, sessions.lock(sql`user_id = ${userId} AND ended_at IS NULL ORDER BY id`));
}

/** The ids of users who have open sessions, in order, after `after`. */
export async function listUsersWithSessions(db: Database, after: string, limit: number): Promise<string[]> {
  const rows = await queryOnce(
    db,
    select<{ user_id: string }>(
      sql`SELECT DISTINCT user_id FROM sessions WHERE ended_at IS NULL AND user_id > ${after}
        ORDER BY user_id LIMIT ${limit}`,
    ),
  );
  return rows.map(({ user_id }) => user_id);
}

/** Newest first, from below the id `before`; without those that ended or were not used for too long. */
export async function listOpenSessions(
  db: Database,
  userId: string,
  usedAfter: Date,
  now: Date,
  { limit, before }: { limit: number; before: string | null },
): Promise<SessionRow[]> {
  const where = allOf(
    sql`user_id = ${userId} AND ended_at IS NULL AND last_used_at > ${usedAfter} AND expires_at > ${now}`,
    before === null ? undefined : sql`id < ${before}`,
  );
  return queryOnce(db, sessions.select(sql`${where} ORDER BY id DESC LIMIT ${limit}`));
}

export interface SessionWithUser extends SessionRow {
  username: string;
}

/** The same, of all users. */
export async function listOpenSessionsOfAll(
  db: Database,
  usedAfter: Date,
  now: Date,
  { limit }: { limit: number },
): Promise<SessionWithUser[]> {
  return queryOnce(
    db,
    select<SessionWithUser>(
      sql`SELECT sessions.*, users.username FROM sessions JOIN users ON users.id = sessions.user_id
        WHERE sessions.ended_at IS NULL AND sessions.last_used_at > ${usedAfter} AND sessions.expires_at > ${now}
        ORDER BY sessions.id DESC LIMIT ${limit}`,
    ),
  );
}

export async function markSessionUsed(trx: Transaction, id: string, now: Date): Promise<void> {
  await queryOnce(trx, sessions.update({ last_used_at: now }, sql`id = ${id}`));
}

export async function markSessionsEnded(
  trx: Transaction,
  ids: readonly string[],
  reason: string,
  now: Date,
): Promise<void> {
  await queryOnce(trx, sessions.update({ ended_at: now, end_reason: reason }, sql`id IN (${ids})`));
  await queryOnce(trx, refreshTokens.update({ successor: null }, sql`session_id IN (${ids})`));
}

/** The session of a caller, if it is open and its user is active and has the token's role. */
export async function findLiveSession(
  db: Database,
  caller: Caller,
): Promise<Pick<SessionRow, 'second_factor'> | null> {
  const [session] = await queryOnce(
    db,
    select<Pick<SessionRow, 'second_factor'>>(
      sql`SELECT sessions.second_factor FROM sessions JOIN users ON users.id = sessions.user_id
        WHERE sessions.id = ${caller.sessionId} AND users.id = ${caller.userId} AND users.role = ${caller.role}
          AND users.status = 'active' AND sessions.ended_at IS NULL`,
    ),
  );
  return session ?? null;
}

/** Stores that the user has proved a second factor in this session. */
export async function markSecondFactor(trx: Transaction, id: string): Promise<void> {
  await queryOnce(trx, sessions.update({ second_factor: 1 }, sql`id = ${id}`));
}

/** Whether the user's session has not ended. The user must be locked. */
export async function lockLiveSession(trx: Transaction, userId: string, id: string): Promise<boolean> {
  const session = await queryOnce(
    trx,
    sessions.lockOne(sql`id = ${id} AND user_id = ${userId} AND ended_at IS NULL`),
  );
  return session !== null;
}

export async function insertRefreshToken(trx: Transaction, token: RefreshTokenRow): Promise<void> {
  await queryOnce(trx, refreshTokens.insert([token]));
}

export async function findRefreshToken(
  db: Database | Transaction,
  tokenHash: string,
): Promise<RefreshTokenRow | null> {
  return queryOnce(db, refreshTokens.find(sql`token_hash = ${tokenHash}`));
}

export async function lockRefreshToken(trx: Transaction, tokenHash: string): Promise<RefreshTokenRow | null> {
  return queryOnce(trx, refreshTokens.lockOne(sql`token_hash = ${tokenHash}`));
}

export async function markRefreshTokenUsed(
  trx: Transaction,
  tokenHash: string,
  used: { used_at: Date; used_by: string; successor: string },
): Promise<void> {
  await queryOnce(trx, refreshTokens.update(used, sql`token_hash = ${tokenHash}`));
}

/** Refuses the tokens of these sessions, or a personal API token, until `until`. */
export async function insertRevocations(
  trx: Transaction,
  sessionIds: readonly string[],
  until: Date,
): Promise<void> {
  await queryOnce(
    trx,
    revocations.upsert(
      sessionIds.map((session_id) => ({ session_id, until })),
      ['session_id', 'until'],
      sql`until = GREATEST(until, VALUES(until))`,
    ),
  );
}

export async function listRevocations(db: Database, now: Date): Promise<Revocation[]> {
  return queryOnce(db, revocations.select(sql`until > ${now}`));
}

/** Stores a device of a user. @returns how well it was known: `new` only if the user had others before */
export async function noteDevice(
  trx: Transaction,
  userId: string,
  hash: string,
  now: Date,
): Promise<'first' | 'known' | 'new'> {
  const known = await queryOnce(trx, knownDevices.select(sql`user_id = ${userId}`));
  await queryOnce(
    trx,
    knownDevices.upsert(
      [{ user_id: userId, device_hash: hash, first_seen_at: now, last_seen_at: now }],
      ['user_id', 'device_hash', 'first_seen_at', 'last_seen_at'],
      sql`last_seen_at = VALUES(last_seen_at)`,
    ),
  );
  if (known.length === 0) return 'first';
  return known.some((device) => device.device_hash === hash) ? 'known' : 'new';
}

/** Makes a device of a user new again. */
export async function forgetDevice(trx: Transaction, userId: string, hash: string): Promise<void> {
  await queryOnce(trx, knownDevices.delete(sql`user_id = ${userId} AND device_hash = ${hash}`));
}

/** Deletes the known devices of a user. */
export async function forgetDevices(trx: Transaction, userId: string): Promise<void> {
  await queryOnce(trx, knownDevices.delete(sql`user_id = ${userId}`));
  await queryOnce(trx, sessions.update({ user_agent: null, ip: null }, sql`user_id = ${userId}`));
}

/** Deletes stored token pairs that can no longer be repeated. @returns how many */
export async function forgetSuccessors(trx: Transaction, usedBefore: Date, limit: number): Promise<number> {
  return queryOnce(
    trx,
    refreshTokens.update(
      { successor: null },
      sql`used_at < ${usedBefore} AND successor IS NOT NULL LIMIT ${limit}`,
    ),
  );
}

/** Deletes sessions that no valid token refers to, at most `limit` at a time. @returns how many */
export async function deleteOldSessions(
  trx: Transaction,
  limits: { endedBefore: Date; usedTokensBefore: Date; now: Date },
  limit: number,
): Promise<number> {
  const { endedBefore, usedTokensBefore, now } = limits;
  // In sequence, because parallel statements would wait for each other's rows.
  const counts = [
    await queryOnce(trx, refreshTokens.delete(sql`used_at < ${usedTokensBefore} LIMIT ${limit}`)),
    await queryOnce(trx, sessions.delete(sql`ended_at < ${endedBefore} LIMIT ${limit}`)),
    await queryOnce(trx, sessions.delete(sql`expires_at < ${endedBefore} LIMIT ${limit}`)),
    await queryOnce(trx, revocations.delete(sql`until < ${now} LIMIT ${limit}`)),
  ];
  return Math.max(...counts);
}
