import { randomBytes } from 'node:crypto';
import type { DatabaseSettings } from '@guichet/config';
import { grantTables, migrate, openDatabase, type TableGrants } from '@guichet/database';
import { silentLog } from '@guichet/log';
import { type KnexDatabase, withKnex } from './with-knex.ts';

type Settings = DatabaseSettings & { TLS_DIRECTORY: string };

export interface TestDatabase {
  /** Has all rights: for the test itself, and to simulate tampering. */
  db: KnexDatabase;
  settings: Settings;
  /** A pool of the service's run-time user, with the rights in `grants`; without `grants` the same as `db`. */
  runtime: KnexDatabase;
  runtimeSettings: Settings;
  drop(): Promise<void>;
}

/** Creates a schema on the server in TEST_DATABASE_URL, migrated if `migrations` is given. */
export async function testDatabase({
  migrations,
  grants,
  pool = 10,
  pipelines = false,
}: {
  migrations?: URL;
  grants?: TableGrants;
  pool?: number;
  /** As in openDatabase. */
  pipelines?: boolean;
} = {}): Promise<TestDatabase> {
  const url = new URL(process.env.TEST_DATABASE_URL ?? missing());
  const server = {
    DATABASE_HOSTS: [url.hostname],
    DATABASE_PORT: Number(url.port || 3306),
    DATABASE_USER: decodeURIComponent(url.username),
    DATABASE_PASSWORD: decodeURIComponent(url.password),
    DATABASE_TLS: 'off' as const,
    TLS_DIRECTORY: '',
  };
  const name = `guichet_test_${randomBytes(6).toString('hex')}`;
  const admin = withKnex(openDatabase({ ...server, DATABASE_NAME: '', DATABASE_POOL: 1 }, silentLog));
  await admin.raw('CREATE DATABASE ?? CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci', [name]);
  const settings = { ...server, DATABASE_NAME: name, DATABASE_POOL: pool };
  const db = withKnex(openDatabase(settings, silentLog, { pipelines }));
  if (migrations !== undefined) await migrate(db, migrations, silentLog);
  const runtimeSettings = grants === undefined ? settings : await createRuntimeUser(db, settings, grants);
  const runtime =
    grants === undefined ? db : withKnex(openDatabase(runtimeSettings, silentLog, { pipelines }));
  return {
    db,
    settings,
    runtime,
    runtimeSettings,
    async drop() {
      if (runtime !== db) {
        await runtime.destroy();
        await db.raw("DROP USER ?@'%'", [runtimeSettings.DATABASE_USER]);
      }
      await db.destroy();
      await dropSchema(admin, name).finally(() => admin.destroy());
    },
  };
}

async function dropSchema(admin: KnexDatabase, name: string): Promise<void> {
  await admin.raw('DROP DATABASE IF EXISTS ??', [name]).catch((error: { code?: string }) => {
    // MariaDB may leave the file of a dropped trigger (.TRG-) in the folder. The tables are gone, and the folder is removed with the server.
    if (error.code !== 'ER_DB_DROP_RMDIR') throw error;
  });
}

async function createRuntimeUser(
  db: KnexDatabase,
  settings: Settings,
  grants: TableGrants,
): Promise<Settings> {
  const user = settings.DATABASE_NAME;
  const password = randomBytes(12).toString('hex');
  await db.raw("CREATE USER ?@'%' IDENTIFIED BY ?", [user, password]);
  await db.raw("GRANT SELECT ON ??.* TO ?@'%'", [settings.DATABASE_NAME, user]);
  await grantTables(db, user, grants);
  return { ...settings, DATABASE_USER: user, DATABASE_PASSWORD: password };
}

function missing(): never {
  throw new Error('TEST_DATABASE_URL is not set: run the tests with `npm test -- <path>`');
}
