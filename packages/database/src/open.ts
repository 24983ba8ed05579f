import { ConfigError, type DatabaseSettings } from '@guichet/config';
import type { Log } from '@guichet/log';
import { sleep } from '@guichet/time';
import knex, { type Knex } from 'knex';
import { format, type SqlValue } from 'mysql2';
import { isRefused } from './errors.ts';
import { databaseTlsOf, followDatabaseTls, identityFault } from './tls.ts';

export type Database = Knex;
export type Transaction = Knex.Transaction;

/**
 * Opens a pool on a service's schema; nothing is connected until it is used. Times are UTC, BIGINT arrives as bigint, and
 * transactions are READ COMMITTED: locks are taken by name (FOR UPDATE), never by the gaps between rows. Over TLS the server's
 * certificate must be for the host that is named, and a renewed authority is taken up without a restart. `pipelines` lets several
 * statements travel together, for `ask`; where nobody needs it, it stays forbidden.
 */
export function openDatabase(
  settings: DatabaseSettings & { TLS_DIRECTORY: string },
  log: Log,
  { pipelines = false }: { pipelines?: boolean } = {},
): Database {
  const pool = { max: settings.DATABASE_POOL, afterCreate: prepareSession };
  const db = openPool(settings, log, pool, pipelines);
  const probe = openProbe(settings, log);
  probes.set(db, probe);
  db.client.pool.on('poolDestroyRequest', () => void probe.pool.destroy());
  return db;
}

function openPool(
  settings: DatabaseSettings & { TLS_DIRECTORY: string },
  log: Log,
  pool: { max: number; afterCreate: typeof prepareSession },
  pipelines = false,
): Database {
  return knex({
    client: 'mysql2',
    connection: connectionOf(settings, pipelines),
    pool: { min: 0, ...pool },
    acquireConnectionTimeout: 3_000,
    // Errors name the statement without its values, which may be secrets.
    compileSqlOnError: false,
    log: {
      warn: (message: unknown) => log.warn({ knex: withoutStack(message) }, 'knex warning'),
      error: (message: unknown) => log.error({ knex: withoutStack(message) }, 'knex error'),
      deprecate: () => undefined,
      debug: () => undefined,
    },
  });
}

/** Knex puts an error's stack into its words, and the error itself comes to whoever asked. */
function withoutStack(message: unknown): unknown {
  return typeof message === 'string' ? message.split('\n    at ', 1)[0] : message;
}

function connectionOf(
  settings: DatabaseSettings & { TLS_DIRECTORY: string },
  pipelines: boolean,
): Knex.StaticConnectionConfig | Knex.ConnectionConfigProvider {
  const plain = {
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
    multipleStatements: pipelines,
    // A statement without values is complete: the driver would search the whole of it for a place to put one.
    queryFormat: (sql: string, values: SqlValue[]) =>
      values.length === 0 ? sql : format(sql, values, false, 'Z'),
  } as unknown as Knex.MySql2ConnectionConfig;
  if (settings.DATABASE_TLS === 'off') return plain;
  if (settings.DATABASE_CA !== undefined) {
    const ssl = databaseTlsOf(settings.DATABASE_CA, settings.DATABASE_HOST);
    return { ...plain, ssl } as unknown as Knex.MySql2ConnectionConfig;
  }
  const tls = followDatabaseTls(settings.TLS_DIRECTORY, settings.DATABASE_HOST);
  // Asked again, and older connections let go, as soon as it is said to have expired.
  return () => {
    const ssl = tls();
    return {
      ...plain,
      ssl,
      expirationChecker: () => tls() !== ssl,
    } as unknown as Knex.MySql2ConnectionConfig;
  };
}

function readBigints(field: { type: string; string(): string | null }, next: () => unknown): unknown {
  if (field.type !== 'LONGLONG') return next();
  const text = field.string();
  return text === null ? null : BigInt(text);
}

interface RawConnection {
  config: { host: string };
  stream: unknown;
  query(sql: string, done: (error: Error | null) => void): void;
  destroy(): void;
}

// Whatever the server's own is: a value that does not fit is refused and never cut, and a backslash within a text escapes, as
// statements are written to mean.
const SQL_MODE =
  'STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';

function prepareSession(
  connection: RawConnection,
  done: (error: Error | null, connection: unknown) => void,
): void {
  const settle = (error: Error | null) => {
    // The pool forgets a connection that could not be prepared, without closing it.
    if (error !== null) connection.destroy();
    done(error, connection);
  };
  const fault = identityFault(connection.stream, connection.config.host);
  const session = (isolation: string) =>
    `SET SESSION time_zone = '+00:00', sql_mode = '${SQL_MODE}', ${isolation} = 'READ-COMMITTED', innodb_lock_wait_timeout = 10`;
  if (fault !== null) settle(fault);
  else {
    connection.query(session('transaction_isolation'), (error) => {
      // MariaDB knows the variable by its older name until 11.1.
      if (error === null) settle(null);
      else connection.query(session('tx_isolation'), settle);
    });
  }
}

/** A connection beside the pool: a probe that waited its turn behind the requests would call a busy service ill. */
interface Probe {
  pool: Database;
  connection: RawConnection | null;
}

const probes = new WeakMap<Database, Probe>();

function openProbe(settings: DatabaseSettings & { TLS_DIRECTORY: string }, log: Log): Probe {
  const probe: Probe = {
    connection: null,
    pool: openPool(settings, log, {
      max: 1,
      afterCreate(connection, done) {
        probe.connection = connection;
        prepareSession(connection, done);
      },
    }),
  };
  return probe;
}

/** Whether the server answers within `withinMs`; asked beside the pool of `db`, however busy that is. Never throws. */
export async function databaseAnswers(db: Database, withinMs = 1_000): Promise<boolean> {
  const probe = probes.get(db);
  const timer = new AbortController();
  const late = sleep(withinMs, timer.signal, { ref: false }).then(() => 'late');
  const answer = (probe?.pool ?? db).raw('SELECT 1').then(
    () => 'answered',
    () => 'failed',
  );
  const outcome = await Promise.race([answer, late]);
  timer.abort();
  // A connection that hangs would never be given up: the next probe has a new one.
  if (outcome === 'late') probe?.connection?.destroy();
  return outcome === 'answered';
}

/**
 * Waits, for as long as it takes, until the database answers; says so in the log, less and less often.
 * @throws ConfigError where the server answers and lets us not in: a wrong password is not cured by patience
 */
export async function waitForDatabase(db: Database, log: Log, signal?: AbortSignal): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      await db.raw('SELECT 1');
      if (attempt > 0) log.info('database available');
      return;
    } catch (error) {
      if (isRefused(error)) {
        const { message } = error as Error;
        throw new ConfigError([
          `DATABASE_USER, DATABASE_PASSWORD and DATABASE_NAME are refused by the server: ${message}`,
        ]);
      }
      const delayMs = Math.min(250 * 2 ** attempt, 5_000);
      log.warn({ err: error, retry_in_ms: delayMs }, 'waiting for the database');
      await sleep(delayMs, signal);
    }
  }
}
