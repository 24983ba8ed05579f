import { randomBytes } from 'node:crypto';
import type { DatabaseSettings } from '@guichet/config';
import { type Database, migrate, openDatabase } from '@guichet/database';
import { silentLog } from '@guichet/log';
import { eventually } from './eventually.ts';

export interface TestDatabase {
  db: Database;
  settings: DatabaseSettings & { TLS_DIRECTORY: string };
  drop(): Promise<void>;
}

/** A schema of its own on the server that TEST_DATABASE_URL names, migrated where `migrations` is given. */
export async function testDatabase({
  migrations,
  pool = 10,
  bundles = false,
}: {
  migrations?: URL;
  pool?: number;
  /** As of openDatabase. */
  bundles?: boolean;
} = {}): Promise<TestDatabase> {
  const url = new URL(process.env.TEST_DATABASE_URL ?? missing());
  const server = {
    DATABASE_HOST: url.hostname,
    DATABASE_PORT: Number(url.port || 3306),
    DATABASE_USER: decodeURIComponent(url.username),
    DATABASE_PASSWORD: decodeURIComponent(url.password),
    DATABASE_TLS: 'off' as const,
    TLS_DIRECTORY: '',
  };
  const name = `guichet_test_${randomBytes(6).toString('hex')}`;
  const admin = openDatabase({ ...server, DATABASE_NAME: '', DATABASE_POOL: 1 }, silentLog);
  await admin.raw('CREATE DATABASE ?? CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci', [name]);
  const settings = { ...server, DATABASE_NAME: name, DATABASE_POOL: pool };
  const db = openDatabase(settings, silentLog, { bundles });
  if (migrations !== undefined) await migrate(db, migrations, silentLog);
  return {
    db,
    settings,
    async drop() {
      await db.destroy();
      const dropSchema = () => admin.raw('DROP DATABASE IF EXISTS ??', [name]);
      // MariaDB may find a file in the folder of a table that it is still removing.
      await eventually(() => dropSchema().then(() => true)).finally(() => admin.destroy());
    },
  };
}

function missing(): never {
  throw new Error('TEST_DATABASE_URL is not set: run the tests with `npm test -- <path>`');
}
