import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseSettings } from '@guichet/config';
import type { Log } from '@guichet/log';
import knex, { type Knex } from 'knex';

export type Database = Knex;
export type Transaction = Knex.Transaction;

/**
 * Opens a pool on a service's schema; nothing is connected until it is used. Times are UTC, BIGINT arrives as bigint, and
 * transactions are READ COMMITTED: locks are taken by name (FOR UPDATE), never by the gaps between rows.
 */
export function openDatabase(settings: DatabaseSettings & { TLS_DIRECTORY: string }, log: Log): Database {
  return knex({
    client: 'mysql2',
    connection: {
      host: settings.DATABASE_HOST,
      port: settings.DATABASE_PORT,
      user: settings.DATABASE_USER,
      password: settings.DATABASE_PASSWORD,
      database: settings.DATABASE_NAME,
      charset: 'utf8mb4',
      timezone: 'Z',
      connectTimeout: 5_000,
      enableKeepAlive: true,
      supportBigNumbers: true,
      typeCast: readBigints,
      ...(settings.DATABASE_TLS === 'off' ? {} : { ssl: databaseTls(settings.TLS_DIRECTORY) }),
    } as unknown as Knex.MySql2ConnectionConfig,
    pool: { min: 0, max: settings.DATABASE_POOL, afterCreate: prepareSession },
    acquireConnectionTimeout: 3_000,
    log: {
      warn: (message: unknown) => log.warn({ knex: message }, 'knex warns'),
      error: (message: unknown) => log.error({ knex: message }, 'knex reports an error'),
      deprecate: () => undefined,
      debug: () => undefined,
    },
  });
}

function databaseTls(directory: string) {
  return { ca: readFileSync(join(directory, 'ca.crt')), rejectUnauthorized: true, verifyIdentity: false };
}

function readBigints(field: { type: string; string(): string | null }, next: () => unknown): unknown {
  if (field.type !== 'LONGLONG') return next();
  const text = field.string();
  return text === null ? null : BigInt(text);
}

type Done = (error: Error | null, connection: unknown) => void;

function prepareSession(
  connection: { query(sql: string, done: (error: Error | null) => void): void },
  done: Done,
): void {
  connection.query(
    "SET SESSION time_zone = '+00:00', transaction_isolation = 'READ-COMMITTED', innodb_lock_wait_timeout = 10",
    (error) => {
      if (error === null) return done(null, connection);
      // MariaDB knows the variable by its older name until 11.1.
      connection.query(
        "SET SESSION time_zone = '+00:00', tx_isolation = 'READ-COMMITTED', innodb_lock_wait_timeout = 10",
        (second) => done(second, connection),
      );
    },
  );
}

/** Whether a query comes back within `withinMs`. Never throws. */
export async function databaseAnswers(db: Database, withinMs = 1_000): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(withinMs, false, { signal: timer.signal, ref: false }).catch(() => false);
  const answer = db.raw('SELECT 1').then(
    () => true,
    () => false,
  );
  const answered = await Promise.race([answer, late]);
  timer.abort();
  return answered;
}

/** Waits, for as long as it takes, until the database answers; says so in the log, less and less often. */
export async function waitForDatabase(db: Database, log: Log, signal?: AbortSignal): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      await db.raw('SELECT 1');
      if (attempt > 0) log.info('the database answers');
      return;
    } catch (error) {
      const delayMs = Math.min(250 * 2 ** attempt, 5_000);
      log.warn({ err: error, retry_in_ms: delayMs }, 'waiting for the database');
      await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
    }
  }
}
