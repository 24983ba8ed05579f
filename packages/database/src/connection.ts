import type { Socket } from 'node:net';
import type { Address, DatabaseSettings } from '@guichet/config';
import type { Log } from '@guichet/log';
import {
  type ConnectionOptions,
  createConnection,
  format,
  type Connection as Mysql,
  type QueryError,
  type SqlValue,
} from 'mysql2';
import type { DatabaseError } from './errors.ts';
import { type DatabaseTls, databaseTlsOf, followDatabaseTls, identityFault } from './tls.ts';
import { uuidText } from './uuid.ts';

export type ConnectionSettings = DatabaseSettings & { TLS_DIRECTORY: string };

/** One connection to the server, prepared for this bank: UTC, READ COMMITTED, strict modes. */
export interface Connection {
  readonly mysql: Mysql;
  /** Whether it can be used again: it is open, and its authority has not been renewed. */
  isUsable(): boolean;
  /** When the server last answered on it, by `performance.now()`. */
  readonly answeredAt: number;
  /**
   * Whether several statements may be sent at once. Not to a node of a Galera cluster: if a transaction of another node aborts one in the middle of them, the server may
   * report a commit that was not made, or an abort of one that was.
   */
  readonly isPipelined: boolean;
  /**
   * Sends complete SQL. Errors do not name it, because its values may be secrets. The connection ends if there is no answer within `withinMs`: a server or a network
   * that is gone without a word would hold it for hours.
   */
  send(text: string, withinMs?: number): Promise<unknown>;
  /** Ends it at once. A statement without an answer fails, as after a lost connection. */
  destroy(): void;
}

/** How long the answer to statements that are sent together may take; longer than they wait for a lock. */
const ANSWER_WITHIN_MS = 15_000;

/** The same for statements that read or change a whole table, or wait for such a statement. */
export const TABLE_WORK_WITHIN_MS = 10 * 60_000;

const CONNECT_WITHIN_MS = 5_000;

/**
 * How long the server keeps a connection on which it waits for the next statement. One whose client is gone without a word would keep its locks, by default
 * for eight hours. The pool ends idle connections earlier.
 */
export const SERVER_WAITS_SECONDS = 20;
/** How long a pool keeps an idle connection: well before the server ends it, so that no statement is sent on one that is ending. */
export const IDLE_MS = (SERVER_WAITS_SECONDS * 1000) / 2;

/** @returns a function that opens connections to one server; BIGINT is read as bigint, DATETIME as Date and BINARY(16) as a UUID */
export function connector(
  address: Address,
  settings: ConnectionSettings,
  pipelines: boolean,
  log: Log,
  answerWithinMs = ANSWER_WITHIN_MS,
): () => Promise<Connection> {
  const tls = tlsOf(settings, address);
  return async () => {
    const current = tls();
    const mysql = createConnection(optionsOf(address, settings, pipelines, current));
    let isOpen = true;
    const unanswered = new Set<(error: DatabaseError) => void>();
    let answeredAt = performance.now();
    let isPipelined = pipelines;
    const connection: Connection = {
      mysql,
      isUsable: () => isOpen && tls() === current,
      get answeredAt() {
        return answeredAt;
      },
      get isPipelined() {
        return isPipelined;
      },
      send: (text, withinMs = answerWithinMs) =>
        new Promise((resolve, reject) => {
          if (!isOpen)
            return reject(broken('PROTOCOL_CONNECTION_LOST', 'the connection to the database is closed'));
          const fail = (error: DatabaseError) => {
            clearTimeout(timer);
            unanswered.delete(fail);
            reject(error);
          };
          const timer = setTimeout(() => {
            fail(broken('ETIMEDOUT', 'the database did not answer in time'));
            connection.destroy();
          }, withinMs);
          unanswered.add(fail);
          mysql.query(text, (error: (QueryError & { sql?: string }) | null, rows: unknown) => {
            clearTimeout(timer);
            unanswered.delete(fail);
            if (error?.fatal) isOpen = false;
            else answeredAt = performance.now();
            if (error === null) return resolve(rows);
            delete error.sql;
            reject(error);
          });
        }),
      destroy() {
        isOpen = false;
        mysql.destroy();
        for (const fail of unanswered) fail(broken('PROTOCOL_CONNECTION_LOST', 'the database was left'));
      },
    };
    mysql.on('end', () => {
      isOpen = false;
    });
    mysql.on('error', (error) => {
      isOpen = false;
      log.warn({ err: error }, 'a connection to the database broke');
    });
    try {
      await new Promise<void>((resolve, reject) => {
        // The driver's own limit ends with the TCP connection, before TLS and the password.
        const timer = setTimeout(
          () => reject(broken('ETIMEDOUT', 'the database did not answer in time')),
          CONNECT_WITHIN_MS,
        );
        mysql.connect((error) => {
          clearTimeout(timer);
          if (error === null) resolve();
          else reject(error);
        });
      });
      // While a statement runs, the driver reports a broken connection only to that statement, without an event.
      streamOf(mysql).once('close', () => {
        isOpen = false;
      });
      await prepareSession(connection, address.host);
      if (pipelines) isPipelined = !(await isGaleraNode(connection));
    } catch (error) {
      connection.destroy();
      throw error;
    }
    return connection;
  };
}

function tlsOf(settings: ConnectionSettings, { host }: Address): () => DatabaseTls | null {
  if (settings.DATABASE_TLS === 'off') return () => null;
  if (settings.DATABASE_CA === undefined) return followDatabaseTls(settings.TLS_DIRECTORY, host);
  const tls = databaseTlsOf(settings.DATABASE_CA, host);
  return () => tls;
}

function optionsOf(
  { host, port }: Address,
  settings: ConnectionSettings,
  pipelines: boolean,
  ssl: DatabaseTls | null,
): ConnectionOptions {
  return {
    host,
    port,
    user: settings.DATABASE_USER,
    password: settings.DATABASE_PASSWORD,
    database: settings.DATABASE_NAME,
    charset: 'utf8mb4',
    timezone: 'Z',
    connectTimeout: CONNECT_WITHIN_MS,
    enableKeepAlive: true,
    supportBigNumbers: true,
    typeCast: readValue,
    multipleStatements: pipelines,
    // The statement is passed without values, because the driver would otherwise search all of it for placeholders.
    queryFormat: (text: string, values: SqlValue[]) =>
      values === undefined || values.length === 0 ? text : format(text, values, false, 'Z'),
    ...(ssl === null ? {} : { ssl }),
  } as ConnectionOptions;
}

function broken(code: string, message: string): DatabaseError {
  return Object.assign(new Error(message), { code, fatal: true });
}

const UUID_BYTES = 16;

/** BIGINT as bigint, and 16 bytes of BINARY as the UUID that they are; everything else as the driver reads it. */
function readValue(field: { type: string; string(): string | null }, next: () => unknown): unknown {
  if (field.type === 'LONGLONG') {
    const text = field.string();
    return text === null ? null : BigInt(text);
  }
  const value = next();
  const isUuid = value instanceof Buffer && value.length === UUID_BYTES && field.type.endsWith('STRING');
  return isUuid ? uuidText(value) : value;
}

// Whatever the server's own modes: a value that does not fit is refused instead of truncated, and a backslash in a text is an escape, as our quoting
// assumes.
const SQL_MODE =
  'STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';

/** The socket; after the TLS handshake, the encrypted one. */
function streamOf(mysql: Mysql): Socket {
  return (mysql as unknown as { stream: Socket }).stream;
}

async function isGaleraNode({ send }: Connection): Promise<boolean> {
  const [row] = (await send("SHOW SESSION VARIABLES LIKE 'wsrep_on'")) as { Value: string }[];
  return row?.Value === 'ON';
}

async function prepareSession({ mysql, send }: Connection, host: string): Promise<void> {
  const fault = identityFault(streamOf(mysql), host);
  if (fault !== null) throw fault;
  const session = (isolation: string) =>
    `SET SESSION time_zone = '+00:00', sql_mode = '${SQL_MODE}', ${isolation} = 'READ-COMMITTED', innodb_lock_wait_timeout = 10, wait_timeout = ${SERVER_WAITS_SECONDS}`;
  // MariaDB has the variable under its older name until 11.1.
  await send(session('transaction_isolation')).catch(() => send(session('tx_isolation')));
}
