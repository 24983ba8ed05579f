/** An error of mysql2, with the server's number and name or the socket's code. */
export interface DatabaseError extends Error {
  errno?: number;
  code?: string;
  /** The server's own text, without the statement. */
  sqlMessage?: string;
  /** The connection ended with this error. */
  fatal?: boolean;
  /** A commit was sent, and it isn't known whether the server has made it. */
  isOutcomeUnknown?: boolean;
}

/** No connection of the pool became free in time. */
export class PoolTimeoutError extends Error {
  override name = 'PoolTimeoutError';

  constructor(cause: unknown) {
    super('no connection of the pool became free in time', { cause });
  }
}

/** No server of several takes writes, or none answers. */
export class NoWriterError extends Error {
  override name = 'NoWriterError';

  constructor(faults: readonly string[]) {
    super(`no database server takes writes: ${faults.join('; ')}`);
  }
}

// 1213 deadlock, 1205 lock wait timeout, 1020 record changed since the snapshot (MariaDB with snapshot isolation, Galera), 3101 refused by the certification of a
// MySQL group. A Galera cluster reports a failed certification as 1213, also to a COMMIT: the transaction has been rolled back.
const RETRYABLE = new Set([1213, 1205, 1020, 3101]);

// The server takes no more writes: 1290 and 1836 read-only, 3100 refused by its group, 1047 not in its Galera cluster, 1053 shutting down, 1927 its connections are
// killed, 1180 its cluster was lost during a commit.
const LEAVING = new Set([1290, 1836, 3100, 1047, 1053, 1927, 1180]);

// Errors to a COMMIT after which it may have been made all the same. 1030 is an error of the storage, 1317, 1969 and 3024 are interruptions.
const UNCERTAIN = new Set([3100, 1053, 1927, 1180, 1030, 1317, 1969, 3024]);

const UNAVAILABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'PROTOCOL_ENQUEUE_AFTER_QUIT',
  'ER_SERVER_SHUTDOWN',
  'ER_NORMAL_SHUTDOWN',
  'ER_CON_COUNT_ERROR',
  'ER_CONNECTION_KILLED',
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_UNKNOWN_COM_ERROR',
]);

/** The whole transaction may succeed if it is run again. */
export function isRetryable(error: unknown): boolean {
  return error instanceof Error && RETRYABLE.has((error as DatabaseError).errno ?? 0);
}

/** A row with the same unique key exists; if `keyName` is given, of that key. */
export function isDuplicateKey(error: unknown, keyName?: string): boolean {
  if (!(error instanceof Error) || (error as DatabaseError).errno !== 1062) return false;
  if (keyName === undefined) return true;
  // The key comes last, after a value that could itself look like one: Duplicate entry '…' for key 'users.users_email'.
  const key = /for key '([^']*)'$/.exec((error as DatabaseError).sqlMessage ?? error.message)?.[1];
  const wanted = keyName.replace(/'$/, '');
  return key === wanted || key?.endsWith(`.${wanted}`) === true;
}

// 1044 and 1045 access denied, 1049 no such schema, 1698 login method not allowed, 3159 TLS required.
const REFUSED = new Set([1044, 1045, 1049, 1698, 3159]);

/** The server answered and refuses these settings, so waiting does not help. */
export function isRefused(error: unknown): boolean {
  return error instanceof Error && REFUSED.has((error as DatabaseError).errno ?? 0);
}

/** The server that takes the writes is lost, or takes no more: another server, or the same one later, may run the whole transaction. */
export function isWriterLost(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof PoolTimeoutError) return false;
  return LEAVING.has((error as DatabaseError).errno ?? 0) || (isUnavailable(error) && !isRetryable(error));
}

/** Whether a commit that was answered with this error may have been made. */
export function leavesOutcomeUnknown(error: unknown): boolean {
  const { errno = 0, fatal = false } = error as DatabaseError;
  // Errors of the network have negative numbers.
  return fatal || errno <= 0 || UNCERTAIN.has(errno);
}

/** The database cannot be reached, or is too busy: the caller should try again later. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    isRetryable(error) ||
    error instanceof NoWriterError ||
    LEAVING.has((error as DatabaseError).errno ?? 0) ||
    (error as DatabaseError).fatal === true ||
    error instanceof PoolTimeoutError ||
    UNAVAILABLE.has((error as DatabaseError).code ?? '')
  );
}

// The schema, the server's settings or its resources: 1005 to 1041 files, disk and memory; 1054, 1146, 1305, 1412 a different schema;
// 1114 table full; 1142, 1143, 1227, 1370 no privilege; 1180 commit failed; 1194, 1195 crashed table; 1203, 1226 limits of the user;
// 1290, 1792, 1836 read-only; 1317, 1969, 3024, 1927 interrupted.
const ENVIRONMENT = new Set([
  1005, 1016, 1021, 1026, 1030, 1037, 1038, 1041, 1053, 1054, 1114, 1142, 1143, 1146, 1180, 1194, 1195, 1203,
  1226, 1227, 1290, 1305, 1317, 1370, 1412, 1792, 1836, 1927, 1969, 3024,
]);

/** Whether an error has nothing to do with the values that were written: the database is down, refuses this user, or has another schema. */
export function isEnvironmental(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return isUnavailable(error) || isRefused(error) || ENVIRONMENT.has((error as DatabaseError).errno ?? 0);
}
