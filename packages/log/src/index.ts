import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

/** Paths that may hold a secret, wherever a caller puts them. */
const SECRET_FIELDS = [
  'password',
  'old_password',
  'new_password',
  'current_password',
  'token',
  'access_token',
  'refresh_token',
  'authorization',
  'cookie',
  'secret',
  'code',
  'totp',
  'link',
];
const REDACTED_PATHS = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);

/**
 * A logger that writes one JSON object a line to stdout (or `destination`), with secrets replaced by [redacted].
 * Errors keep their stack; a driver's error keeps no bound values.
 */
export function createLog(
  options: { service: string; level?: string },
  destination: DestinationStream = pino.destination({ fd: 1, sync: true }),
): Log {
  return pino(
    {
      level: options.level ?? 'info',
      base: { service: options.service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
      serializers: { err: describeError, error: describeError },
    },
    destination,
  );
}

/** Logs nothing: for tests and tools. */
export const silentLog: Log = pino({ level: 'silent' });

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, errno, sqlState } = error as { code?: unknown; errno?: unknown; sqlState?: unknown };
  return {
    type: error.name,
    message: withoutBindings(error.message),
    stack: error.stack === undefined ? undefined : withoutBindings(error.stack),
    ...(code === undefined ? {} : { error_code: code }),
    ...(errno === undefined ? {} : { errno }),
    ...(sqlState === undefined ? {} : { sql_state: sqlState }),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

// knex prefixes a driver's message with the statement, its bound values filled in: "insert into … - Duplicate entry".
function withoutBindings(text: string): string {
  return text.replace(/^((?:[A-Za-z]*Error: )?)(?:select|insert|update|delete|call)\b[\s\S]*? - (?=[A-Z])/i, '$1');
}
