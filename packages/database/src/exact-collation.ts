import type { Knex } from 'knex';

/**
 * The collation for columns that identify: two values are equal only if all their characters are, including trailing spaces. MySQL and
 * MariaDB name it differently. All other collations ignore trailing spaces, so that `ann` and `ann ` are equal.
 */
export async function exactCollation(db: Knex): Promise<string> {
  const [[{ version }]] = await db.raw('SELECT VERSION() AS version');
  return /mariadb/i.test(version) ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin';
}
