import { currentSpan, unrecordedTrace, withinSpan, withinTrace } from './current.ts';
import {
  type Origin,
  type RecordedSpan,
  recorder,
  type Span,
  type SpanOptions,
  UNRECORDED,
} from './recorder.ts';
import { parseTraceparent, type Trace } from './trace-context.ts';

/** The origin that a request or message of another process names. */
export function fromPeer(traceparent: unknown): Origin | null {
  const trace = parseTraceparent(traceparent);
  return trace === null ? null : { trace, isForeign: false };
}

/** The origin that a request from outside names: its trace id is continued, and nothing else is believed. */
export function fromClient(traceparent: unknown): Origin | null {
  const trace = parseTraceparent(traceparent);
  return trace === null ? null : { trace: { ...trace, sampled: false }, isForeign: true };
}

/** A part of a trace that begins in this process, such as a request that it serves. */
export interface Entry {
  readonly trace: Trace;
  readonly span: Span;
  /** Runs `work` in the trace. */
  run<Result>(work: () => Result): Result;
  end(): void;
}

/** Continues the trace of `origin`, or starts one. With `isQuiet` it isn't recorded: probes would be most of the traces of a quiet bank. */
export function enterTrace(
  name: string,
  origin: Origin | null,
  { isQuiet = false, ...options }: SpanOptions & { isQuiet?: boolean } = {},
): Entry {
  const by = recorder();
  // While nothing is exported, the span of the process before is passed on as it came.
  if (by === null) return unrecordedEntry(origin?.trace ?? unrecordedTrace());
  if (isQuiet || !by.decides(origin)) return unrecordedEntry(unrecordedTrace(origin?.trace.traceId));
  const span = by.start(name, origin?.trace ?? null, options);
  return { trace: span, span, run: (work) => withinSpan(span, work), end: () => span.end() };
}

function unrecordedEntry(trace: Trace): Entry {
  return { trace, span: UNRECORDED, run: (work) => withinTrace(trace, work), end() {} };
}

/** Does `work`, which is triggered by a message or by time, as a part of the trace of `origin`, or as a trace of its own. */
export async function inTrace<Result>(
  name: string,
  options: SpanOptions & { origin: Origin | null },
  work: (span: Span) => Promise<Result>,
): Promise<Result> {
  const entry = enterTrace(name, options.origin, options);
  try {
    return await entry.run(() => work(entry.span));
  } catch (error) {
    entry.span.fail(error);
    throw error;
  } finally {
    entry.end();
  }
}

/** Does `work` as a span of the running trace. Where none is recorded, it only does `work`, and computes no name. */
export function inSpan<Result>(
  name: string | (() => string),
  options: SpanOptions,
  work: (span: Span) => Promise<Result>,
): Promise<Result> {
  const by = recorder();
  const parent = by === null ? null : currentSpan();
  if (by === null || parent === null) return work(UNRECORDED);
  const span = by.start(typeof name === 'string' ? name : name(), parent, options);
  return runRecorded(span, work);
}

async function runRecorded<Result>(
  span: RecordedSpan,
  work: (span: Span) => Promise<Result>,
): Promise<Result> {
  try {
    return await withinSpan(span, () => work(span));
  } catch (error) {
    span.fail(error);
    throw error;
  } finally {
    span.end();
  }
}

/** Starts a span of the running trace, for work that ends in a callback; null where none is recorded. The caller ends it. */
export function startSpan(name: string, options: SpanOptions): RecordedSpan | null {
  const by = recorder();
  const parent = by === null ? null : currentSpan();
  if (by === null || parent === null) return null;
  return by.start(name, parent, options);
}

/** The links of one span that collectors keep. */
const LINKS_MAX = 128;

/**
 * Does `work` once for the items of several traces. If all are of one trace, the work is a part of it. Otherwise it is a trace of its own, and each trace has
 * a span that is linked with it.
 */
export async function inBatch<Result>(
  name: string,
  options: SpanOptions & { of: readonly (Trace | null | undefined)[] },
  work: () => Promise<Result>,
): Promise<Result> {
  const traces = distinct(options.of);
  const [only] = traces;
  if (only === undefined) return withinTrace(unrecordedTrace(), work);
  const by = recorder();
  if (traces.length === 1) {
    if (by === null || !only.sampled) return withinTrace(only, work);
    return runRecorded(by.start(name, only, options), work);
  }
  const recorded = by === null ? [] : traces.filter(({ sampled }) => sampled);
  if (by === null || recorded.length === 0) return withinTrace(unrecordedTrace(), work);
  const batch = by.start(name, null, { ...options, links: recorded.slice(0, LINKS_MAX) });
  const parts = recorded.map((trace) => by.start(name, trace, { ...options, links: [batch] }));
  try {
    return await runRecorded(batch, work);
  } catch (error) {
    for (const part of parts) part.fail(error);
    throw error;
  } finally {
    for (const part of parts) part.end();
  }
}

/** Records that something was done from `startedAt` until now on behalf of several traces, those that are recorded. */
export function recordPast(
  name: string,
  startedAt: Date,
  options: SpanOptions & { of: () => readonly (Trace | null)[] },
): void {
  const by = recorder();
  if (by === null) return;
  for (const trace of distinct(options.of())) {
    if (trace.sampled) by.start(name, trace, { ...options, startedAt }).end();
  }
}

/** One place of each trace. */
function distinct(traces: readonly (Trace | null | undefined)[]): Trace[] {
  const found = new Map<string, Trace>();
  for (const trace of traces) if (trace && !found.has(trace.traceId)) found.set(trace.traceId, trace);
  return [...found.values()];
}
