import { fileURLToPath } from 'node:url';
import type { Log } from '@guichet/log';
import type { Knex } from 'knex';
import type { Database } from './open.ts';

const LOCK_WAIT_SECONDS = 120;

/**
 * Brings the schema to this release, one process at a time: the others wait on a named lock of the server, which ends with its
 * connection, so that a killed migration leaves nothing locked. DDL is not transactional here: each step must bear to be run again.
 */
export async function migrate(db: Database, directory: URL, log: Log): Promise<void> {
  await db.transaction(async (lockHolder) => {
    const [rows] = await lockHolder.raw(
      "SELECT GET_LOCK(CONCAT('guichet migrate ', DATABASE()), ?) AS held",
      [LOCK_WAIT_SECONDS],
    );
    if (Number(rows[0]?.held) !== 1) throw new Error('another process has been migrating for too long');
    try {
      // knex's own lock row outlives a process that was killed; ours stands above it.
      await db.migrate.forceFreeMigrationsLock(sourceOf(directory)).catch(() => undefined);
      const [, applied] = await db.migrate.latest(sourceOf(directory));
      for (const migration of applied as string[]) log.info({ migration }, 'migrated');
    } finally {
      await lockHolder.raw("SELECT RELEASE_LOCK(CONCAT('guichet migrate ', DATABASE()))");
    }
  });
}

/** Whether every migration that this release knows has run; a newer schema is fine. */
export async function schemaIsCurrent(db: Database, directory: URL): Promise<boolean> {
  const [, pending] = await db.migrate.list(sourceOf(directory));
  return (pending as unknown[]).length === 0;
}

function sourceOf(directory: URL): Knex.MigratorConfig {
  return {
    directory: fileURLToPath(directory),
    extension: 'ts',
    loadExtensions: ['.ts'],
    tableName: 'schema_migrations',
    disableTransactions: true,
    // An older release beside a newer schema, as in a rolling upgrade or a rollback, must still start.
    disableMigrationsListValidation: true,
  };
}
