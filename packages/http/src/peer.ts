import type { Readable } from 'node:stream';
import { inSpan, type SpanOptions, traceHeaders } from '@guichet/tracing';
import { Agent, type Dispatcher, request } from 'undici';
import { connectTo } from './tls.ts';

/** The other service did not reply: it is down, refused the connection, or took too long. */
export class PeerUnreachableError extends Error {
  override readonly name = 'PeerUnreachableError';
}

interface PeerReply {
  status: number;
  /** The parsed JSON, or null if there was none. */
  body: unknown;
}

/** Another service of the bank, reached over mutual TLS. */
export interface Peer {
  /** @throws PeerUnreachableError */
  request(options: {
    method: Dispatcher.HttpMethod;
    path: string;
    body?: unknown;
    headers?: Record<string, string>;
    correlationId?: string;
    timeoutMs?: number;
  }): Promise<PeerReply>;
  /** The same connections, for streams. */
  readonly dispatcher: Dispatcher;
  readonly origin: string;
  close(): Promise<void>;
}

/**
 * How long an idle connection is kept, even if the server would keep it longer. It may have been lost without a word, and the next request on it would wait in
 * vain.
 */
const IDLE_MS = 5_000;

/** Connects to the service `name` at `url`; its certificate must be for that name. */
export function openPeer(name: string, url: string, tls: { TLS_DIRECTORY: string }): Peer {
  const { origin } = new URL(url);
  const dispatcher = new Agent({
    connect: connectTo(name, tls.TLS_DIRECTORY),
    connections: 64,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
    headersTimeout: 30_000,
  });
  return {
    origin,
    dispatcher,
    request: ({ method, path, body, headers = {}, correlationId, timeoutMs = 5_000 }) =>
      inSpan(`${method} ${name}`, callTo(name, method), async (span) => {
        try {
          const reply = await request(origin + path, {
            dispatcher,
            method,
            headers: {
              accept: 'application/json',
              ...(body === undefined ? {} : { 'content-type': 'application/json' }),
              ...(correlationId === undefined ? {} : { 'x-request-id': correlationId }),
              ...traceHeaders(),
              ...headers,
            },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
            headersTimeout: timeoutMs,
            signal: AbortSignal.timeout(timeoutMs),
          });
          span.set({ 'http.response.status_code': reply.statusCode });
          return { status: reply.statusCode, body: await readJson(reply.body) };
        } catch (error) {
          throw new PeerUnreachableError(`${name} did not answer ${method} ${path.split('?')[0]}`, {
            cause: error,
          });
        }
      }),
    close: () => dispatcher.close(),
  };
}

/** The span of a request to a service. A path has ids in it, so only the method is recorded; the span of the service has the route. */
export function callTo(service: string, method: string): SpanOptions {
  return { kind: 'client', attributes: { 'http.request.method': method, 'server.address': service } };
}

async function readJson(body: Readable & { text(): Promise<string> }): Promise<unknown> {
  const text = await body.text();
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
