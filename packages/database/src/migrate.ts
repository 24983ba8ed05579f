import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Log } from '@guichet/log';
import { sleep } from '@guichet/time';
import type { Knex } from 'knex';
import type { DatabaseError } from './errors.ts';
import type { Database } from './open.ts';
import { queryOnce } from './query.ts';
import { select } from './query-value.ts';
import { sql } from './sql.ts';

const LOCK_WAIT_SECONDS = 120;

/**
 * Brings the schema to this release, one process at a time: the others wait on a named lock of the server, which ends with its connection, so
 * a killed migration leaves nothing locked. DDL is not transactional here, so each step must be safe to run again.
 */
export async function migrate(db: Database, directory: URL, log: Log): Promise<void> {
  // Services import this file too, and don't migrate: without knex, each needs 2 MiB less.
  const { knexOn } = await import('./knex-on.ts');
  const knex = knexOn(db);
  await knex.transaction(async (lockHolder) => {
    // It's idle while the steps run on other connections, and its end would release the lock.
    await lockHolder.raw('SET SESSION wait_timeout = 86400');
    const [rows] = await lockHolder.raw(
      "SELECT GET_LOCK(CONCAT('guichet migrate ', DATABASE()), ?) AS held",
      [LOCK_WAIT_SECONDS],
    );
    if (Number(rows[0]?.held) !== 1) throw new Error('another process has been migrating for too long');
    try {
      // Knex's own lock row outlives a killed process, so ours takes precedence.
      await knex.migrate.forceFreeMigrationsLock(sourceOf(directory)).catch(() => undefined);
      const [, applied] = await knex.migrate.latest(sourceOf(directory));
      for (const migration of applied as string[]) log.info({ migration }, 'migrated');
    } finally {
      await lockHolder.raw("SELECT RELEASE_LOCK(CONCAT('guichet migrate ', DATABASE()))");
    }
  });
}

/** Whether every migration of this release has run; a newer schema is fine. It only needs to read the schema. */
export async function schemaIsCurrent(db: Database, directory: URL): Promise<boolean> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.ts'));
  try {
    const rows = await queryOnce(db, select<{ name: string }>(sql`SELECT name FROM schema_migrations`));
    const applied = new Set(rows.map(({ name }) => name));
    return files.every((file) => applied.has(file));
  } catch (error) {
    if ((error as DatabaseError).code === 'ER_NO_SUCH_TABLE') return false;
    throw error;
  }
}

const SCHEMA_POLL_MS = 500;

/** Waits, for as long as it takes, until the migration step has brought the schema to this release. */
export async function waitForSchema(
  db: Database,
  directory: URL,
  log: Log,
  signal?: AbortSignal,
): Promise<void> {
  for (let attempt = 0; !(await schemaIsCurrent(db, directory)); attempt += 1) {
    signal?.throwIfAborted();
    if (attempt === 0) log.warn('waiting for the schema to be migrated');
    await sleep(SCHEMA_POLL_MS, signal);
  }
}

function sourceOf(directory: URL): Knex.MigratorConfig {
  return {
    directory: fileURLToPath(directory),
    extension: 'ts',
    loadExtensions: ['.ts'],
    tableName: 'schema_migrations',
    disableTransactions: true,
    // An older release must still start on a newer schema, as in a rolling upgrade or a rollback.
    disableMigrationsListValidation: true,
  };
}
