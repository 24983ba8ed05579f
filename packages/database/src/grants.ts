import type { DatabaseError } from './errors.ts';
import type { Database } from './open.ts';
import { queryOnce } from './query.ts';
import { change, select } from './query-value.ts';
import { identifier, join, Sql, sql } from './sql.ts';

const VERBS = ['INSERT', 'UPDATE', 'DELETE'] as const;

/** The rights of a service's run-time user on each table of its schema, besides reading. */
export type TableGrants = Readonly<Record<string, readonly (typeof VERBS)[number][]>>;

/** Tables that only the migration step writes. */
const MIGRATION_TABLES = ['schema_migrations', 'schema_migrations_lock'];

/**
 * Gives the run-time user exactly the rights in `grants`, table by table; `db` is the migration user's. It can run again while the service is
 * running: rights that remain are never revoked in between. On the schema of a newer release it only adds: the rights that the newer one has more
 * may be in use.
 * @throws Error if a table of the schema is missing in `grants`, except on that of a newer release
 */
export async function grantTables(
  db: Database,
  user: string,
  grants: TableGrants,
  { isNewer = false } = {},
): Promise<void> {
  const tables = await queryOnce(
    db,
    select<{ name: string }>(
      sql`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()`,
    ),
  );
  for (const { name } of tables) {
    if (MIGRATION_TABLES.includes(name)) continue;
    const granted = grants[name];
    if (granted === undefined) {
      if (isNewer) continue;
      throw new Error(`grants.ts does not name the table ${name}`);
    }
    const rights = join(
      ['SELECT', ...granted].map((verb) => new Sql(verb)),
      sql`, `,
    );
    await queryOnce(db, change(sql`GRANT ${rights} ON ${identifier(name)} TO ${user}@'%'`));
    for (const verb of isNewer ? [] : VERBS) {
      if (granted.includes(verb)) continue;
      const revoke = change(sql`REVOKE ${new Sql(verb)} ON ${identifier(name)} FROM ${user}@'%'`);
      await queryOnce(db, revoke).catch((error: DatabaseError) => {
        // MySQL's error if the user does not have the right; MariaDB has none.
        if (error.code !== 'ER_NONEXISTING_TABLE_GRANT') throw error;
      });
    }
  }
}
