import { type Database, queryOnce, type Sql, select, sql, type Transaction } from '@guichet/database';

/** Whether the row of `users` is that of a user with a second factor. Every kind of second factor is listed here. */
export const HAS_SECOND_FACTOR: Sql = sql`(users.totp_enabled = 1 OR users.passkeys > 0)`;

export async function hasSecondFactor(db: Database | Transaction, userId: string): Promise<boolean> {
  const rows = await queryOnce(
    db,
    select(sql`SELECT users.id FROM users WHERE users.id = ${userId} AND ${HAS_SECOND_FACTOR}`),
  );
  return rows.length > 0;
}
