import {
  ConfigError,
  databaseSettings,
  migrationSettings,
  readSettings,
  serverSettings,
} from '@guichet/config';
import { createLog } from '@guichet/log';
import { TABLE_WORK_WITHIN_MS } from './connection.ts';
import { grantTables, type TableGrants } from './grants.ts';
import { migrate, schemaIsNewer } from './migrate.ts';
import { type Database, openDatabase, waitForDatabase } from './open.ts';

const { DATABASE_PASSWORD: _, ...connection } = databaseSettings;
const settings = { TLS_DIRECTORY: serverSettings.TLS_DIRECTORY, ...connection, ...migrationSettings };

/**
 * The whole migration step, as a process: waits for the database, migrates the service's schema as the migration user, grants the run-time user its
 * rights on each table, does what must be done `afterwards` with the rights of the migration user, and ends. Exits with 0 when done; with 1 and one
 * line of explanation when the settings are invalid, the server refuses the user, or a migration fails.
 */
export async function runMigrations(
  service: string,
  directory: URL,
  grants: TableGrants,
  afterwards: (db: Database) => Promise<unknown> = async () => undefined,
): Promise<never> {
  const log = createLog({ service, level: process.env.LOG_LEVEL });
  // The lease ends by itself, and each step can be run again.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(143));
  try {
    const { DATABASE_MIGRATION_USER, DATABASE_MIGRATION_PASSWORD, ...given } = readSettings(settings);
    const db = openDatabase(
      { ...given, DATABASE_USER: DATABASE_MIGRATION_USER, DATABASE_PASSWORD: DATABASE_MIGRATION_PASSWORD },
      log,
      { answerWithinMs: TABLE_WORK_WITHIN_MS },
    );
    await waitForDatabase(db, log);
    await migrate(db, directory, log);
    const isNewer = await schemaIsNewer(db, directory);
    await grantTables(db, given.DATABASE_USER, grants, { isNewer });
    await afterwards(db);
    await db.destroy();
    log.info('schema up to date');
    process.exit(0);
  } catch (error) {
    if (error instanceof ConfigError) log.fatal(error.message);
    else log.fatal({ err: error }, 'migration failed');
    process.exit(1);
  }
}
