import { LINE_LEVELS, type LineLevel } from '@guichet/contract';
import { currentTrace } from '@guichet/tracing';
import { type DestinationStream, type Logger, pino } from 'pino';
import { textOf } from './describe-error.ts';
import { redact } from './redact.ts';
import { createTee, type Tee, type TroubleListener } from './tee.ts';

export type Log = Logger;
export type { TroubleListener };

/**
 * A logger that writes one JSON object per line to stdout (or `destination`), with secrets at any depth replaced by [redacted]. A line that is written
 * for a request or a message has its `trace_id` and `span_id`.
 * Errors keep their stack; an error of the database driver loses its statement and bound values.
 */
export function createLog(
  options: { service: string; level?: string | undefined },
  destination: DestinationStream = pino.destination({ fd: 1, sync: true }),
): Log {
  // A wrong level is reported with the other settings, on this log.
  const threshold = { level: LINE_LEVELS.find((one) => one === options.level) ?? 'info' };
  const log = pino(
    {
      // A child keeps the level that its parent had when it was created, so the threshold is compared at each line.
      level: 'trace',
      base: { service: options.service },
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: placeInTrace,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redact(fields) as Record<string, unknown>,
      },
      // `redact` has already described errors, so pino's own serializer must not.
      serializers: { err: (described: unknown) => described },
      hooks: {
        logMethod(given, method, level) {
          if (level < numberOf(threshold.level)) return;
          const [first, text] = given as [unknown, string | undefined];
          const error = first instanceof Error ? first : (first as { err?: unknown } | undefined)?.err;
          // Without a text pino would use the error's message, which may quote values.
          if (text === undefined && error instanceof Error)
            method.apply(this, [first as object, textOf(error)]);
          else method.apply(this, given);
        },
      },
    },
    createTee(destination),
  );
  // Children inherit this; pino applies no formatter to their bindings.
  const { child } = log;
  log.child = function redactedChild(this: Log, bindings, more) {
    return child.call(this, redact(bindings) as typeof bindings, more);
  } as typeof log.child;
  // Children inherit these too.
  return Object.assign(log, {
    [THRESHOLD]: threshold,
    isLevelEnabled: (level: string) => numberOf(level) >= numberOf(threshold.level),
  });
}

const THRESHOLD = Symbol('threshold');

function numberOf(level: string): number {
  return pino.levels.values[level] ?? Number.POSITIVE_INFINITY;
}

/** Writes from now on only lines of this level and above, of `log`, its parent and all children, also those that exist already. */
export function changeLevel(log: Log, level: LineLevel): void {
  const { [THRESHOLD]: threshold } = log as { [THRESHOLD]?: { level: LineLevel } };
  if (threshold !== undefined) threshold.level = level;
}

/** The fields that relate a line to the request or message that it was written for. */
function placeInTrace(): object {
  const trace = currentTrace();
  return trace === null ? {} : { trace_id: trace.traceId, span_id: trace.spanId };
}

/** Logs nothing: for tests and tools. */
export const silentLog: Log = pino({ level: 'silent' });

/**
 * Calls `listener` with every line of level warn and above that `log` and its children write from now on.
 * @returns a function that ends it
 */
export function onTrouble(log: Log, listener: TroubleListener): () => void {
  const stream = (log as unknown as Record<symbol, Partial<Tee> | undefined>)[pino.symbols.streamSym];
  const listeners = stream?.listeners;
  if (!(listeners instanceof Set)) return () => undefined;
  listeners.add(listener);
  return () => listeners.delete(listener);
}
