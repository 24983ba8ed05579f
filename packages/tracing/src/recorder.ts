import type { Trace } from './trace-context.ts';

export type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal';

/** Must contain no personal data, no secret, no query and no value of an SQL statement: spans leave the bank's own stores. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  kind?: SpanKind;
  attributes?: Attributes;
}

/** A span as callers use it, whether it is recorded or not. */
export interface Span {
  set(attributes: Attributes): void;
  rename(name: string): void;
  event(name: string, attributes?: Attributes): void;
  /** Marks the span as failed. Of an error only the type is recorded, because its text may quote values. */
  fail(error: unknown): void;
}

/** A span that is recorded, and the place in its trace. */
export interface RecordedSpan extends Span, Trace {
  end(): void;
}

/** Where a trace comes from: another process of the bank, or a client outside, which can't choose that it is recorded. */
export interface Origin {
  readonly trace: Trace;
  readonly isForeign: boolean;
}

/** Records spans and exports them; there is none while nothing is exported. */
export interface Recorder {
  /** Whether the trace that is entered is recorded; without an origin it starts here. */
  decides(origin: Origin | null): boolean;
  /** Starts a span, of a new trace if it has no parent. */
  start(
    name: string,
    parent: Trace | null,
    options: SpanOptions & { links?: readonly Trace[]; startedAt?: Date },
  ): RecordedSpan;
}

let active: Recorder | null = null;

export const recorder = (): Recorder | null => active;

/** Sets the recorder of this process. @returns a function that removes it */
export function record(by: Recorder): () => void {
  active = by;
  return () => {
    active = null;
  };
}

/** The span where nothing is recorded. */
export const UNRECORDED: Span = {
  set() {},
  rename() {},
  event() {},
  fail() {},
};

/** The code or the class of an error, never its text: that may quote values. */
export function errorType(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}
