import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Log } from '@guichet/log';
import { sleep } from '@guichet/time';
import type { Knex } from 'knex';
import type { DatabaseError } from './errors.ts';
import { createLeasesTable } from './lease.ts';
import type { Database } from './open.ts';
import { queryOnce } from './query.ts';
import { select } from './query-value.ts';
import { sql } from './sql.ts';
import { underLease } from './under-lease.ts';

const LEASE_WAIT_SECONDS = 120;

/**
 * Brings the schema to this release, one process at a time. DDL is not transactional here, so each step must be safe to run again: a process that is killed keeps the lease for some
 * seconds, and the next one repeats its step.
 */
export async function migrate(db: Database, directory: URL, log: Log): Promise<void> {
  // Services import this file too, and don't migrate: without knex, each needs 2 MiB less.
  const { patientKnexOn } = await import('./knex-on.ts');
  const knex = patientKnexOn(db);
  await createLeasesTable(knex);
  const work = async (makeSure: () => Promise<void>) => {
    // Knex's own lock row outlives a killed process, so ours takes precedence.
    await knex.migrate.forceFreeMigrationsLock(sourceOf(directory)).catch(() => undefined);
    for (;;) {
      await makeSure();
      const [, applied] = await knex.migrate.up(sourceOf(directory));
      if (applied.length === 0) return;
      for (const migration of applied as string[]) log.info({ migration }, 'migrated');
    }
  };
  await underLease(db, 'migrations', work, { waitSeconds: LEASE_WAIT_SECONDS });
}

/** Whether every migration of this release has run; a newer schema is fine. It only needs to read the schema. */
export async function schemaIsCurrent(db: Database, directory: URL): Promise<boolean> {
  const applied = new Set(await appliedMigrations(db));
  return (await migrationsIn(directory)).every((file) => applied.has(file));
}

/** Whether a migration has run that this release doesn't have: during an upgrade, and after a rollback. */
export async function schemaIsNewer(db: Database, directory: URL): Promise<boolean> {
  const own = new Set(await migrationsIn(directory));
  return (await appliedMigrations(db)).some((file) => !own.has(file));
}

async function migrationsIn(directory: URL): Promise<string[]> {
  return (await readdir(directory)).filter((file) => file.endsWith('.ts'));
}

async function appliedMigrations(db: Database): Promise<string[]> {
  try {
    const rows = await queryOnce(db, select<{ name: string }>(sql`SELECT name FROM schema_migrations`));
    return rows.map(({ name }) => name);
  } catch (error) {
    if ((error as DatabaseError).code === 'ER_NO_SUCH_TABLE') return [];
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
