export { currentTrace, currentTraceparent, outsideTraces, traceHeaders, withinTrace } from './current.ts';
export { SAMPLERS } from './options.ts';
export { type Attributes, errorType, type Origin, type Span, type SpanOptions } from './recorder.ts';
export {
  enterTrace,
  fromClient,
  fromPeer,
  inBatch,
  inSpan,
  inTrace,
  recordPast,
  startSpan,
} from './spans.ts';
export { startTracing } from './start-tracing.ts';
export { parseTraceparent, type Trace, traceIdOf } from './trace-context.ts';
