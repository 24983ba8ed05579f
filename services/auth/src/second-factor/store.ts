import { type Database, queryOnce, type Sql, select, sql, type Transaction } from '@guichet/database';

/** Whether the row of `users` is that of a user with a second factor. Every kind of second factor is listed here. */
export const HAS_SECOND_FACTOR: Sql = sql`(users.totp_enabled = 1 OR EXISTS (SELECT 1 FROM passkeys WHERE passkeys.user_id = users.id))`;

export async function hasSecondFactor(db: Database | Transaction, userId: string): Promise<boolean> {
  const rows = await queryOnce(
    db,
    select(sql`SELECT users.id FROM users WHERE users.id = ${userId} AND ${HAS_SECOND_FACTOR}`),
  );
  return rows.length > 0;
}
