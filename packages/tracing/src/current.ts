import { AsyncLocalStorage } from 'node:async_hooks';
import type { RecordedSpan } from './recorder.ts';
import { formatTraceparent, newSpanId, newTraceId, type Trace } from './trace-context.ts';

/** The trace that runs, and its span if it is recorded. */
interface Running {
  readonly trace: Trace;
  readonly span: RecordedSpan | null;
}

const running = new AsyncLocalStorage<Running | undefined>();

/** The trace that the caller runs in; null outside of all. */
export function currentTrace(): Trace | null {
  return running.getStore()?.trace ?? null;
}

/** The same as a `traceparent`, for a message or a request to another process. */
export function currentTraceparent(): string | null {
  const trace = currentTrace();
  return trace === null ? null : formatTraceparent(trace);
}

/** The header that continues the running trace in another process. */
export function traceHeaders(): { traceparent?: string } {
  const traceparent = currentTraceparent();
  return traceparent === null ? {} : { traceparent };
}

/** The recorded span that the caller runs in; null if its trace is not recorded. */
export function currentSpan(): RecordedSpan | null {
  return running.getStore()?.span ?? null;
}

/** Runs `work` in a trace, for what is done on behalf of one of several callers. Without one, it runs where the caller does. */
export function withinTrace<Result>(trace: Trace | null | undefined, work: () => Result): Result {
  if (trace === null || trace === undefined) return work();
  return running.run({ trace, span: null }, work);
}

export function withinSpan<Result>(span: RecordedSpan, work: () => Result): Result {
  return running.run({ trace: span, span }, work);
}

/** Runs `work` outside of all traces: what it opens is used by later requests too. */
export function outsideTraces<Result>(work: () => Result): Result {
  return running.run(undefined, work);
}

/** A trace that starts here and is not recorded. */
export function unrecordedTrace(traceId = newTraceId()): Trace {
  return { traceId, spanId: newSpanId(), sampled: false };
}
