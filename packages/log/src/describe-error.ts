import { withoutCredentials } from './credentials.ts';

const MAX_CAUSES = 5;

/** The fields that are logged for an error: type, text, stack and causes, without the statement and values of a database error. */
export function describeError(error: Error, depth = 0): Record<string, unknown> {
  const { code, errno, sqlState } = error as { code?: unknown; errno?: unknown; sqlState?: unknown };
  return {
    type: error.name,
    message: textOf(error),
    stack: framesOf(error),
    ...(code === undefined ? {} : { error_code: code }),
    ...(errno === undefined ? {} : { errno }),
    ...(sqlState === undefined ? {} : { sql_state: sqlState }),
    ...(error instanceof AggregateError && depth < MAX_CAUSES
      ? { errors: error.errors.slice(0, MAX_CAUSES).map((one) => describeCause(one, depth)) }
      : {}),
    ...(error.cause === undefined || depth >= MAX_CAUSES ? {} : { cause: describeCause(error.cause, depth) }),
  };
}

function describeCause(cause: unknown, depth: number): unknown {
  return cause instanceof Error ? describeError(cause, depth + 1) : withoutCredentials(String(cause));
}

/** An error's text without the statement that knex puts before it ("insert into … - Duplicate entry") and the values it quotes. */
export function textOf(error: Error): string {
  const { sqlMessage, sql } = error as { sqlMessage?: unknown; sql?: unknown };
  const isStatements =
    typeof sql === 'string' ||
    /^\W*(?:select|insert|update|delete|replace|call|with|set)\b/i.test(error.message);
  let text = error.message;
  if (typeof sqlMessage === 'string') text = sqlMessage;
  // The last separator, because a bound value may contain one too.
  else if (isStatements && text.includes(' - ')) text = text.slice(text.lastIndexOf(' - ') + 3);
  return withoutCredentials(withoutQuotedValues(text));
}

// The server quotes values that did not fit: Duplicate entry '…' for key, Incorrect integer value: '…' for column.
function withoutQuotedValues(text: string): string {
  return text.replace(/\b(entry|value:?) '.*?'(?= for )/gis, "$1 '…'");
}

function framesOf(error: Error): string | undefined {
  if (typeof error.stack !== 'string') return undefined;
  // A line of the text may look like a frame: remove the text before picking the frames.
  const frames = error.stack
    .replace(error.message, '')
    .split('\n')
    .filter((line) => /^ {4}at /.test(line));
  return frames.join('\n');
}
