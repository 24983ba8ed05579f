import { parseArgs } from 'node:util';
import { databaseSettings, migrationSettings, readSettings, serverSettings } from '@guichet/config';
import { type Database, openDatabase, TABLE_WORK_WITHIN_MS } from '@guichet/database';
import { silentLog } from '@guichet/log';
import { type PublicKeys, publicKeysOf } from '@guichet/log-checkpoints';
import { retentionSettings, signingSettings } from './config.ts';
import { type Threads, threadsFor } from './verify/verify-threads.ts';

const TLS_DIRECTORY = serverSettings.TLS_DIRECTORY.default('');

/** The command line is not one of the command's: its usage is shown. */
export class UsageError extends Error {}

/** @throws UsageError if the arguments are not `positionals` and some of `options`, which all have a value, or `flags`, which have none */
export function readArguments<Option extends string, Flag extends string = never>(
  args: readonly string[],
  { options, flags = [] }: { options: readonly Option[]; flags?: readonly Flag[] },
): { values: { [Key in Option]?: string } & { [Key in Flag]?: boolean }; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries([
        ...options.map((name) => [name, { type: 'string' as const }]),
        ...flags.map((name) => [name, { type: 'boolean' as const }]),
      ]),
    });
    return { values: values as never, positionals };
  } catch {
    throw new UsageError();
  }
}

/** The public keys of LOG_SIGNING_KEY; undefined without it. */
export function ownKeys(): PublicKeys | undefined {
  const { LOG_SIGNING_KEY } = readSettings({ LOG_SIGNING_KEY: signingSettings.LOG_SIGNING_KEY.optional() });
  return LOG_SIGNING_KEY && publicKeysOf(LOG_SIGNING_KEY.published);
}

/** The database as the run-time user, and threads that connect to it. */
export function openAsService(): { db: Database; threads: Threads | null } {
  const settings = readSettings({ ...databaseSettings, TLS_DIRECTORY });
  return { db: openDatabase(settings, silentLog), threads: threadsFor(settings) };
}

/** The database as the migration user, and what the commands about months also need. */
export function openAsMigration() {
  const { DATABASE_USER: _user, DATABASE_PASSWORD: _password, ...connection } = databaseSettings;
  const {
    LOG_SIGNING_KEY,
    LOG_RETENTION_MONTHS,
    DATABASE_MIGRATION_USER,
    DATABASE_MIGRATION_PASSWORD,
    ...given
  } = readSettings({
    TLS_DIRECTORY,
    ...connection,
    ...migrationSettings,
    ...signingSettings,
    ...retentionSettings,
  });
  const db = openDatabase(
    { ...given, DATABASE_USER: DATABASE_MIGRATION_USER, DATABASE_PASSWORD: DATABASE_MIGRATION_PASSWORD },
    silentLog,
    { answerWithinMs: TABLE_WORK_WITHIN_MS },
  );
  return { db, keys: LOG_SIGNING_KEY, retentionMonths: LOG_RETENTION_MONTHS, clock: () => new Date() };
}
