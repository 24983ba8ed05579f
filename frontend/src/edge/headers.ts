import type { IncomingHttpHeaders } from 'node:http';
import { traceHeaders } from '@guichet/tracing';

/** Headers about one connection rather than the message (RFC 9110 §7.6.1), in either direction. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Headers that a client can't set: the edge itself says who called and in which trace, and cookies belong to the pages. */
const HIDDEN_FROM_SERVICES = new Set([
  'cookie',
  'expect',
  'baggage',
  'forwarded',
  'host',
  'traceparent',
  'tracestate',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
  'x-request-id',
]);

const HIDDEN_FROM_CLIENTS = new Set(['set-cookie', 'server', 'x-powered-by', 'x-request-id']);

type Headers = Record<string, string | string[]>;

/** The request headers that are sent to a service. */
export function headersToService(
  headers: IncomingHttpHeaders,
  caller: { ip: string; requestId: string },
): Headers {
  return {
    ...without(headers, HIDDEN_FROM_SERVICES),
    'x-forwarded-for': caller.ip,
    'x-request-id': caller.requestId,
    ...traceHeaders(),
  };
}

/** The response headers that are sent to the client. */
export function headersToClient(headers: IncomingHttpHeaders): Headers {
  return without(headers, HIDDEN_FROM_CLIENTS);
}

function without(headers: IncomingHttpHeaders, dropped: ReadonlySet<string>): Headers {
  const named = String(headers.connection ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase());
  const kept: Headers = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || HOP_BY_HOP.has(name) || dropped.has(name) || named.includes(name)) continue;
    kept[name] = value;
  }
  return kept;
}
