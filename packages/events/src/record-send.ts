import { parseTraceparent, recordPast, type Trace } from '@guichet/tracing';

// As JSON.stringify writes the field. Within a text the quotes would be escaped.
const TRACEPARENT = /"traceparent":"([0-9a-f-]{55})"/g;

/** Records that a message was sent, in the traces of its events. The payload is searched only if spans are recorded. */
export function recordSend(subject: string, payload: Uint8Array, startedAt: Date): void {
  const [topic = ''] = subject.toUpperCase().split('.');
  recordPast(`send ${topic}`, startedAt, {
    kind: 'producer',
    attributes: {
      'messaging.system': 'nats',
      'messaging.destination.name': topic,
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
    },
    of: () => tracesIn(payload),
  });
}

function tracesIn(payload: Uint8Array): (Trace | null)[] {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString();
  return [...text.matchAll(TRACEPARENT)].map(([, traceparent]) => parseTraceparent(traceparent));
}
