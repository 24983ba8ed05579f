import { ConfigError, databaseSettings, readSettings, serverSettings } from '@guichet/config';
import { createLog } from '@guichet/log';
import { migrate } from './migrate.ts';
import { openDatabase, waitForDatabase } from './open.ts';

const settings = { TLS_DIRECTORY: serverSettings.TLS_DIRECTORY, ...databaseSettings };

/**
 * A whole process: waits for the database, brings the service's schema to this release, and ends. Status 0 when it is done; 1 with one
 * line that says why when the settings are not sound, the server lets us not in, or a migration fails.
 */
export async function runMigrations(service: string, directory: URL): Promise<never> {
  const log = createLog({ service, level: process.env.LOG_LEVEL || 'info' });
  // The lock ends with the connection, and each step bears to be run again.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(143));
  try {
    const db = openDatabase(readSettings(settings), log);
    await waitForDatabase(db, log);
    await migrate(db, directory, log);
    await db.destroy();
    log.info('the schema is at this release');
    process.exit(0);
  } catch (error) {
    if (error instanceof ConfigError) log.fatal(error.message);
    else log.fatal({ err: error }, 'the schema could not be brought to this release');
    process.exit(1);
  }
}
