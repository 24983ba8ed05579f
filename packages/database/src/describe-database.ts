import { readdir } from 'node:fs/promises';
import type { Database } from './open.ts';
import { queryOnce } from './query.ts';
import { select } from './query-value.ts';
import { isWritable } from './server-state.ts';
import { sql } from './sql.ts';

/** The state of the server and the schema, without names of hosts or users. */
export interface DatabaseState {
  version: string;
  /** False on a server that only reads. */
  writable: boolean;
  /** `expected`: the migrations of this release. More may have been applied by a newer one. */
  migrations: { applied: number; expected: number };
}

/** @throws while the database does not answer */
export async function describeDatabase(db: Database, migrations: URL): Promise<DatabaseState> {
  const [server, applied, files] = await Promise.all([
    queryOnce(
      db,
      select<{ version: string; readOnly: unknown }>(
        sql`SELECT VERSION() AS version, @@global.read_only AS readOnly`,
      ),
    ),
    queryOnce(db, select<{ count: number | bigint }>(sql`SELECT COUNT(*) AS count FROM schema_migrations`)),
    readdir(migrations),
  ]);
  return {
    version: server[0]?.version ?? '',
    writable: isWritable(server[0]?.readOnly),
    migrations: {
      applied: Number(applied[0]?.count ?? 0),
      expected: files.filter((file) => file.endsWith('.ts')).length,
    },
  };
}
