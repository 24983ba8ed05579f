import {
  SpanKind as OtelKind,
  type Span as OtelSpan,
  trace as otelTrace,
  ROOT_CONTEXT,
  type SpanContext,
  SpanStatusCode,
  TraceFlags,
} from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  SamplingDecision,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Exporting, Sampler } from './options.ts';
import {
  type Attributes,
  errorType,
  type Origin,
  type RecordedSpan,
  type Recorder,
  type SpanKind,
} from './recorder.ts';
import { newTraceId, type Trace } from './trace-context.ts';

// The only file that imports OpenTelemetry: it is loaded only if spans are exported.

const KINDS: Readonly<Record<SpanKind, OtelKind>> = {
  server: OtelKind.SERVER,
  client: OtelKind.CLIENT,
  producer: OtelKind.PRODUCER,
  consumer: OtelKind.CONSUMER,
  internal: OtelKind.INTERNAL,
};

/** Spans that wait for the collector; more are dropped. */
const WAITING_MAX = 2_048;
const EXPORT_EVERY_MS = 2_000;
/** How long the collector may take for one batch, with retries. */
const EXPORT_WITHIN_MS = 10_000;
const STOP_WITHIN_MS = 2_000;
/** No attribute of ours is longer; one that is says too much. */
const ATTRIBUTE_LENGTH_MAX = 200;

/** A recorder that exports to a collector in the background. It never waits for the collector, and drops spans while that is down or slow. */
export function createRecorder(exporting: Exporting): { recorder: Recorder; stop(): Promise<void> } {
  const exporter = new OTLPTraceExporter({
    url: tracesUrl(exporting.endpoint),
    headers: exporting.headers,
    timeoutMillis: EXPORT_WITHIN_MS,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ ...exporting.resource }),
    // `decides` was asked before.
    sampler: new AlwaysOnSampler(),
    spanLimits: { attributeValueLengthLimit: ATTRIBUTE_LENGTH_MAX },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: reporting(exporter, exporting.onOutcome),
        maxQueueSize: WAITING_MAX,
        scheduledDelayMillis: exporting.everyMs ?? EXPORT_EVERY_MS,
        exportTimeoutMillis: EXPORT_WITHIN_MS,
      }),
    ],
  });
  const tracer = provider.getTracer('guichet');
  const decides = deciderOf(exporting.sampler, exporting.ratio);
  return {
    recorder: {
      decides,
      start(name, parent, { kind = 'internal', attributes = {}, links = [], startedAt }) {
        const span = tracer.startSpan(
          name,
          {
            kind: KINDS[kind],
            attributes,
            links: links.map((link) => ({ context: contextOf(link) })),
            ...(startedAt === undefined ? {} : { startTime: startedAt }),
          },
          parent === null ? ROOT_CONTEXT : otelTrace.setSpanContext(ROOT_CONTEXT, contextOf(parent)),
        );
        return new ExportedSpan(span);
      },
    },
    async stop() {
      const late = new Promise<void>((resolve) => setTimeout(resolve, STOP_WITHIN_MS).unref());
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
    },
  };
}

/** The signal's own path is appended to the endpoint (OTLP exporter specification). */
function tracesUrl(endpoint: string): string {
  return `${endpoint.replace(/\/+$/, '')}/v1/traces`;
}

function contextOf(trace: Trace): SpanContext {
  return {
    traceId: trace.traceId,
    spanId: trace.spanId,
    traceFlags: trace.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: !(trace instanceof ExportedSpan),
  };
}

/** The sampler of the OpenTelemetry specification with this name, with one difference: a trace id that a client chose doesn't decide, another one is drawn for it. */
function deciderOf(sampler: Sampler, ratio: number): Recorder['decides'] {
  const ofRatio = new TraceIdRatioBasedSampler(ratio);
  const [followsParent, root] = sampler.startsWith('parentbased_')
    ? [true, sampler.slice('parentbased_'.length)]
    : [false, sampler];
  return (origin: Origin | null) => {
    if (followsParent && origin !== null && !origin.isForeign) return origin.trace.sampled;
    if (root !== 'traceidratio') return root === 'always_on';
    const traceId = origin === null || origin.isForeign ? newTraceId() : origin.trace.traceId;
    const { decision } = ofRatio.shouldSample(ROOT_CONTEXT, traceId);
    return decision === SamplingDecision.RECORD_AND_SAMPLED;
  };
}

class ExportedSpan implements RecordedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled = true;
  readonly #span: OtelSpan;

  constructor(span: OtelSpan) {
    const { traceId, spanId } = span.spanContext();
    this.traceId = traceId;
    this.spanId = spanId;
    this.#span = span;
  }

  set(attributes: Attributes): void {
    this.#span.setAttributes({ ...attributes });
  }

  rename(name: string): void {
    this.#span.updateName(name);
  }

  event(name: string, attributes?: Attributes): void {
    this.#span.addEvent(name, attributes);
  }

  fail(error: unknown): void {
    this.#span.setStatus({ code: SpanStatusCode.ERROR });
    this.#span.setAttribute('error.type', errorType(error));
  }

  end(): void {
    this.#span.end();
  }
}

/** Reports how each export ended. */
function reporting(exporter: SpanExporter, onOutcome: Exporting['onOutcome']): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        onOutcome(result.code === ExportResultCode.SUCCESS ? null : (result.error ?? new Error('unknown')));
        done(result);
      }),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}
