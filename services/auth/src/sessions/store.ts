import type { Database, Transaction } from '@guichet/database';
import type { Caller } from '@guichet/tokens';

export interface SessionRow {
  id: string;
  user_id: string;
  created_at: Date;
  last_used_at: Date;
  expires_at: Date;
  user_agent: string | null;
  ip: string | null;
  ended_at: Date | null;
  end_reason: string | null;
}

export interface RefreshTokenRow {
  token_hash: string;
  session_id: string;
  issued_at: Date;
  used_at: Date | null;
  successor: string | null;
}

export async function insertSession(trx: Transaction, session: SessionRow): Promise<void> {
  await trx('sessions').insert(session);
}

export async function findSession(db: Database, id: string): Promise<SessionRow | null> {
  return (await db<SessionRow>('sessions').where({ id }).first()) ?? null;
}

export async function lockSession(trx: Transaction, id: string): Promise<SessionRow | null> {
  return (await trx<SessionRow>('sessions').where({ id }).forUpdate().first()) ?? null;
}

/** The sessions of a user that nobody has ended, locked in the order of their ids. */
export async function lockOpenSessions(trx: Transaction, userId: string): Promise<SessionRow[]> {
  return trx<SessionRow>('sessions')
    .where({ user_id: userId })
    .whereNull('ended_at')
    .orderBy('id')
    .forUpdate();
}

/** The ids of users who have open sessions, in order, after `after`. */
export async function listUsersWithSessions(db: Database, after: string, limit: number): Promise<string[]> {
  return db('sessions')
    .whereNull('ended_at')
    .where('user_id', '>', after)
    .distinct('user_id')
    .orderBy('user_id')
    .limit(limit)
    .pluck('user_id');
}

/** Newest first, from below the id `before`; those that were ended or left alone are not among them. */
export async function listOpenSessions(
  db: Database,
  userId: string,
  usedAfter: Date,
  now: Date,
  page: { limit: number; before: string | null },
): Promise<SessionRow[]> {
  const query = db<SessionRow>('sessions')
    .where({ user_id: userId })
    .whereNull('ended_at')
    .where('last_used_at', '>', usedAfter)
    .where('expires_at', '>', now)
    .orderBy('id', 'desc')
    .limit(page.limit);
  if (page.before !== null) query.where('id', '<', page.before);
  return query;
}

export async function markSessionUsed(trx: Transaction, id: string, now: Date): Promise<void> {
  await trx('sessions').where({ id }).update({ last_used_at: now });
}

export async function markSessionsEnded(
  trx: Transaction,
  ids: readonly string[],
  reason: string,
  now: Date,
): Promise<void> {
  await trx('sessions').whereIn('id', ids).update({ ended_at: now, end_reason: reason });
  await trx('refresh_tokens').whereIn('session_id', ids).update({ successor: null });
}

/** Whether the session is open and its user is active and has the token's role. */
export async function sessionIsLive(db: Database, caller: Caller): Promise<boolean> {
  const row = await db('sessions')
    .join('users', 'users.id', 'sessions.user_id')
    .where({ 'sessions.id': caller.sessionId, 'users.id': caller.userId, 'users.role': caller.role })
    .where({ 'users.status': 'active' })
    .whereNull('sessions.ended_at')
    .first('sessions.id');
  return row !== undefined;
}

/** Whether the user's session has not ended. The user must be locked. */
export async function lockLiveSession(trx: Transaction, userId: string, id: string): Promise<boolean> {
  const row = await trx('sessions')
    .where({ id, user_id: userId })
    .whereNull('ended_at')
    .forUpdate()
    .first('id');
  return row !== undefined;
}

export async function insertRefreshToken(trx: Transaction, token: RefreshTokenRow): Promise<void> {
  await trx('refresh_tokens').insert(token);
}

export async function findRefreshToken(db: Database, tokenHash: string): Promise<RefreshTokenRow | null> {
  return (await db<RefreshTokenRow>('refresh_tokens').where({ token_hash: tokenHash }).first()) ?? null;
}

export async function lockRefreshToken(trx: Transaction, tokenHash: string): Promise<RefreshTokenRow | null> {
  return (
    (await trx<RefreshTokenRow>('refresh_tokens').where({ token_hash: tokenHash }).forUpdate().first()) ??
    null
  );
}

export async function markRefreshTokenUsed(
  trx: Transaction,
  tokenHash: string,
  successor: string,
  now: Date,
): Promise<void> {
  await trx('refresh_tokens').where({ token_hash: tokenHash }).update({ used_at: now, successor });
}

/** Refuses the tokens of these sessions, or a personal API token, until `until`. */
export async function insertRevocations(
  trx: Transaction,
  sessionIds: readonly string[],
  until: Date,
): Promise<void> {
  if (sessionIds.length === 0) return;
  await trx.raw(
    `INSERT INTO revocations (session_id, until) VALUES ${sessionIds.map(() => '(?, ?)').join(', ')}
     ON DUPLICATE KEY UPDATE until = GREATEST(until, VALUES(until))`,
    sessionIds.flatMap((id) => [id, until]),
  );
}

export async function listRevocations(
  db: Database,
  now: Date,
): Promise<{ session_id: string; until: Date }[]> {
  return db('revocations').where('until', '>', now).select('session_id', 'until');
}

/** Notes a device of a user. @returns how well it was known: `new` only where the user had others before */
export async function noteDevice(
  trx: Transaction,
  userId: string,
  hash: string,
  now: Date,
): Promise<'first' | 'known' | 'new'> {
  const known = await trx('known_devices').where({ user_id: userId }).select('device_hash');
  await trx.raw(
    `INSERT INTO known_devices (user_id, device_hash, first_seen_at, last_seen_at) VALUES (?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE last_seen_at = VALUES(last_seen_at)`,
    [userId, hash, now, now],
  );
  if (known.length === 0) return 'first';
  return known.some((device) => device.device_hash === hash) ? 'known' : 'new';
}

/** Forgets where a user ever signed in from. */
export async function forgetDevices(trx: Transaction, userId: string): Promise<void> {
  await trx('known_devices').where({ user_id: userId }).delete();
  await trx('sessions').where({ user_id: userId }).update({ user_agent: null, ip: null });
}

/** Forgets the answered pairs that may not be asked for again. @returns how many */
export async function forgetSuccessors(db: Database, usedBefore: Date, limit: number): Promise<number> {
  return db('refresh_tokens')
    .where('used_at', '<', usedBefore)
    .whereNotNull('successor')
    .limit(limit)
    .update({ successor: null });
}

/** Removes what no token can name any more, a few rows at a time. @returns how many went */
export async function deleteOldSessions(
  db: Database,
  limits: { endedBefore: Date; usedTokensBefore: Date; now: Date },
  limit: number,
): Promise<number> {
  // One after the other: side by side they would wait for each other's rows.
  const counts = [
    await db('refresh_tokens').where('used_at', '<', limits.usedTokensBefore).limit(limit).delete(),
    await db('sessions').where('ended_at', '<', limits.endedBefore).limit(limit).delete(),
    await db('sessions').where('expires_at', '<', limits.endedBefore).limit(limit).delete(),
    await db('revocations').where('until', '<', limits.now).limit(limit).delete(),
  ];
  return Math.max(...counts);
}
