import { type Database, identifier, join, queryOnce, select, sql } from '@guichet/database';
import type { Caller } from '@guichet/tokens';
import { findLiveSession } from '../sessions/store.ts';
import type { Section } from './sections.ts';

/** Whether the session or the API token of a caller is still open, and its user active in the same role. */
export async function isAccessLive(db: Database, caller: Caller, now: Date): Promise<boolean> {
  if (caller.kind === 'session') return (await findLiveSession(db, caller)) !== null;
  const live = await queryOnce(
    db,
    select<{ id: string }>(
      sql`SELECT api_tokens.id FROM api_tokens JOIN users ON users.id = api_tokens.user_id
        WHERE api_tokens.id = ${caller.sessionId} AND users.id = ${caller.userId} AND users.role = ${caller.role}
          AND users.status = 'active' AND api_tokens.revoked_at IS NULL AND api_tokens.expires_at > ${now}`,
    ),
  );
  return live.length > 0;
}

export type SectionRow = Record<string, unknown> & { position: string };

/** A user's rows of a section, above a position. */
export async function readSection(
  db: Database,
  { table, key, columns }: Section,
  { userId, after, limit }: { userId: string; after: string; limit: number },
): Promise<SectionRow[]> {
  const position = identifier(key);
  return queryOnce(
    db,
    select<SectionRow>(
      sql`SELECT ${join(columns.map(identifier), sql`, `)}, ${position} AS position FROM ${identifier(table)}
        WHERE user_id = ${userId} AND ${position} > ${after} ORDER BY ${position} LIMIT ${limit}`,
    ),
  );
}
