import type { Knex } from 'knex';

/**
 * The collation for columns that identify: two values are equal only if every character is, spaces at the end included. MySQL and MariaDB
 * have such a collation under different names; all others pad with spaces, so that `ann` and `ann ` are one.
 */
export async function exactCollation(db: Knex): Promise<string> {
  const [[{ version }]] = await db.raw('SELECT VERSION() AS version');
  return /mariadb/i.test(version) ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin';
}
