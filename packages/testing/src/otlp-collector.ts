import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A span as a collector gets it. */
export interface CollectedSpan {
  service: string;
  traceId: string;
  spanId: string;
  /** Empty for the first span of a trace. */
  parentSpanId: string;
  name: string;
  kind: 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  startMs: number;
  endMs: number;
  attributes: Record<string, unknown>;
  events: { name: string; attributes: Record<string, unknown> }[];
  links: { traceId: string; spanId: string }[];
  failed: boolean;
  resource: Record<string, unknown>;
}

export interface OtlpCollector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  readonly spans: CollectedSpan[];
  /** The bodies of the requests, as they were sent. */
  readonly bodies: Buffer[];
  /** The headers of the last request. */
  headers: Record<string, unknown>;
  /** What it does with requests: by default it accepts them. */
  manner: 'accept' | 'refuse' | 'hang';
  close(): Promise<void>;
}

/** A collector of spans by OTLP over HTTP with protobuf (opentelemetry-proto 1.3), which keeps them in memory, or accepts and forgets them. */
export async function startOtlpCollector({ keeps = true } = {}): Promise<OtlpCollector> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (collector.manner === 'hang') return;
      if (collector.manner === 'refuse' || request.url !== '/v1/traces') {
        response.writeHead(collector.manner === 'refuse' ? 503 : 404).end();
        return;
      }
      if (keeps) keep(request, Buffer.concat(chunks));
      response.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end();
    });
  });
  function keep({ headers }: IncomingMessage, sent: Buffer): void {
    const body = headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    collector.headers = headers;
    collector.bodies.push(body);
    collector.spans.push(...readSpans(body));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const collector: OtlpCollector = {
    endpoint: `http://127.0.0.1:${port}`,
    spans: [],
    bodies: [],
    headers: {},
    manner: 'accept',
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return collector;
}

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;

// The numbers are those of the fields in opentelemetry/proto/trace/v1/trace.proto.
function readSpans(request: Buffer): CollectedSpan[] {
  return readMessage(request)
    .all(1)
    .flatMap((ofResource) => {
      const resource = readAttributes(readMessage(ofResource.one(1) ?? Buffer.alloc(0)).all(1));
      const service = String(resource['service.name'] ?? '');
      return ofResource.all(2).flatMap((ofScope) =>
        ofScope.all(2).map((span) => ({
          service,
          resource,
          traceId: span.bytes(1).toString('hex'),
          spanId: span.bytes(2).toString('hex'),
          parentSpanId: span.bytes(4).toString('hex'),
          name: span.bytes(5).toString(),
          kind: KINDS[Number(span.number(6))] ?? 'unspecified',
          startMs: Number(span.number(7)) / 1e6,
          endMs: Number(span.number(8)) / 1e6,
          attributes: readAttributes(span.all(9)),
          events: span.all(11).map((event) => ({
            name: event.bytes(2).toString(),
            attributes: readAttributes(event.all(3)),
          })),
          links: span.all(13).map((link) => ({
            traceId: link.bytes(1).toString('hex'),
            spanId: link.bytes(2).toString('hex'),
          })),
          failed: readMessage(span.one(15) ?? Buffer.alloc(0)).number(3) === 2n,
        })),
      );
    });
}

function readAttributes(pairs: readonly Message[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => [pair.bytes(1).toString(), readValue(readMessage(pair.one(2) ?? Buffer.alloc(0)))]),
  );
}

function readValue(value: Message): unknown {
  if (value.has(1)) return value.bytes(1).toString();
  if (value.has(2)) return value.number(2) === 1n;
  if (value.has(3)) return Number(value.number(3));
  if (value.has(4)) return value.double(4);
  return null;
}

interface Message {
  has(field: number): boolean;
  bytes(field: number): Buffer;
  one(field: number): Buffer | undefined;
  all(field: number): Message[];
  number(field: number): bigint;
  double(field: number): number;
}

/** Reads one message of the protobuf wire format. */
function readMessage(bytes: Buffer): Message {
  const fields: { field: number; value: bigint | Buffer }[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const [field, type] = [tag >> 3, tag & 7];
    if (type === 0) fields.push({ field, value: varint() });
    else if (type === 1) fields.push({ field, value: take(8) });
    else if (type === 2) fields.push({ field, value: take(Number(varint())) });
    else fields.push({ field, value: take(4) });
  }
  const find = (field: number) => fields.findLast((one) => one.field === field)?.value;
  return {
    has: (field) => find(field) !== undefined,
    bytes: (field) => (find(field) as Buffer | undefined) ?? Buffer.alloc(0),
    one: (field) => find(field) as Buffer | undefined,
    all: (field) =>
      fields.filter((one) => one.field === field).map(({ value }) => readMessage(value as Buffer)),
    number(field) {
      const value = find(field) ?? 0n;
      return typeof value === 'bigint' ? value : value.readBigUInt64LE();
    },
    double: (field) => (find(field) as Buffer).readDoubleLE(),
  };
}
