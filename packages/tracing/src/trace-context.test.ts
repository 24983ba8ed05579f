import test from 'ava';
import { formatTraceparent, newSpanId, newTraceId, parseTraceparent, traceIdOf } from './trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

test('a traceparent is read, and written the same', (t) => {
  for (const [flags, sampled] of [
    ['00', false],
    ['01', true],
  ] as const) {
    const text = `00-${TRACE}-${SPAN}-${flags}`;
    t.deepEqual(parseTraceparent(text), { traceId: TRACE, spanId: SPAN, sampled });
    t.is(formatTraceparent({ traceId: TRACE, spanId: SPAN, sampled }), text);
    t.is(traceIdOf(text), TRACE);
  }
});

test('other flags, and the fields of later versions, are ignored', (t) => {
  t.true(parseTraceparent(`00-${TRACE}-${SPAN}-ff`)?.sampled);
  t.false(parseTraceparent(`00-${TRACE}-${SPAN}-02`)?.sampled);
  t.is(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what-the-future`)?.traceId, TRACE);
});

test('what is not a valid traceparent is no trace', (t) => {
  for (const wrong of [
    undefined,
    null,
    '',
    'x',
    ['00', TRACE, SPAN, '01'],
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-1`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}-01.more`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    ` 00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01\n`,
    `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
  ])
    t.is(parseTraceparent(wrong), null, String(wrong));
});

test('new ids have the right form and do not repeat', (t) => {
  const traces = Array.from({ length: 2_000 }, newTraceId);
  const spans = Array.from({ length: 2_000 }, newSpanId);
  t.is(new Set([...traces, ...spans]).size, 4_000);
  for (const traceId of traces) t.regex(traceId, /^[0-9a-f]{32}$/);
  for (const spanId of spans) t.regex(spanId, /^[0-9a-f]{16}$/);
});
