import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROLES, type Role } from '@guichet/contract';
import type { ServiceName } from '../upstream/services.ts';
import { answerFromFixtures } from './fake-answers.ts';
import { createFakeStream, type FakeStream } from './fake-stream.ts';
import { type Answer, problem, type Received } from './messages.ts';

/** The three services in one plain HTTP server that answers from fixtures in the form of the HTTP contract. */
export interface FakeBank {
  url: string;
  /** Every request received, newest last. */
  requests: Received[];
  /** Answers the next request to `method path` with this instead. */
  answerNext(method: string, path: string, answer: Answer): void;
  /** Carries out the next request to `method path`, then cuts the connection without answering. */
  cutNext(method: string, path: string): void;
  /** The same for every request to `method path`, until the returned function is called. */
  cutEvery(method: string, path: string): () => void;
  /** Carries out the next request to `method path` and answers `delayMs` later. */
  delayNext(method: string, path: string, delayMs: number): void;
  /** The log's stream. */
  stream: FakeStream;
  /** The services that are down: they break every connection. */
  down: Set<ServiceName>;
  /** What was carried out for POST requests with an Idempotency-Key, once for each key. */
  carriedOut: Received[];
  close(): Promise<void>;
}

/** @param edit changes the JSON of every answer */
export async function startFakeBank(edit: (json: string) => string = (json) => json): Promise<FakeBank> {
  const requests: Received[] = [];
  const carriedOut: Received[] = [];
  const down = new Set<ServiceName>();
  const stream = createFakeStream();
  const planned: { key: string; answer?: Answer; cut?: boolean; delayMs?: number }[] = [];
  const cut = new Set<string>();
  const keys = rememberKeys(carriedOut);
  const server = createServer(async (request, response) => {
    const received = await read(request).catch(() => null);
    // The caller disconnected.
    if (received === null) return;
    requests.push(received);
    if (down.has(serviceOf(received.path))) return void request.socket.destroy();
    if (received.path === '/api/logs/stream' && roleOf(request) !== null) {
      const refusal = planned.findIndex(({ key }) => key === 'GET /api/logs/stream');
      if (refusal === -1) return stream.serve(received, response);
    }
    const target = `${received.method} ${received.path}`;
    const at = planned.findIndex(({ key }) => key === target);
    const plan = at === -1 ? undefined : planned.splice(at, 1)[0];
    const answer = plan?.answer ?? keys.answer(received, () => answerFromFixtures(received, roleOf(request)));
    if (plan?.cut === true || cut.has(target)) return void request.socket.destroy();
    if (plan?.delayMs !== undefined) {
      keys.running.add(keyOf(received));
      await sleep(plan.delayMs);
      keys.running.delete(keyOf(received));
    }
    reply(response, answer ?? { status: 404, body: problem(404, 'not_found') }, edit);
  });
  // As a service's listener, which never closes a connection on which the frontend sends.
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    stream,
    down,
    carriedOut,
    answerNext: (method, path, answer) => planned.push({ key: `${method} ${path}`, answer }),
    cutNext: (method, path) => planned.push({ key: `${method} ${path}`, cut: true }),
    cutEvery(method, path) {
      cut.add(`${method} ${path}`);
      return () => void cut.delete(`${method} ${path}`);
    },
    delayNext: (method, path, delayMs) => planned.push({ key: `${method} ${path}`, delayMs }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The service that a path belongs to. */
export function serviceOf(path: string): ServiceName {
  if (path.startsWith('/api/auth/')) return 'auth';
  if (path.startsWith('/api/mail/')) return 'mailer';
  return path.startsWith('/api/logs') ? 'logging' : 'accounts';
}

const keyOf = ({ headers }: Received): string => String(headers['idempotency-key'] ?? '');

/** Idempotency keys as in the HTTP contract: replay, reuse for another request, still in progress. */
function rememberKeys(carriedOut: Received[]) {
  const known = new Map<string, { meaning: string; answer: Answer | undefined }>();
  const running = new Set<string>();
  return {
    running,
    answer(request: Received, carryOut: () => Answer | undefined): Answer | undefined {
      const key = keyOf(request);
      if (request.method !== 'POST' || key === '') return carryOut();
      if (running.has(key)) return { status: 409, body: problem(409, 'request_in_progress') };
      const { totp: _totp, step_up: _stepUp, ...meant } = (request.body ?? {}) as Record<string, unknown>;
      const meaning = JSON.stringify([request.path, meant]);
      const before = known.get(key);
      if (before === undefined) {
        const answer = carryOut();
        known.set(key, { meaning, answer });
        carriedOut.push(request);
        return answer;
      }
      if (before.meaning !== meaning) return { status: 422, body: problem(422, 'idempotency_key_reused') };
      return before.answer && { ...before.answer, headers: { 'idempotency-replayed': 'true' } };
    },
  };
}

async function read(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://fake');
  const isXml = request.headers['content-type'] === 'application/xml';
  return {
    method: request.method ?? 'GET',
    path: pathname,
    query: searchParams,
    headers: request.headers,
    body: text === '' ? undefined : isXml ? { xml: text } : JSON.parse(text),
  };
}

/** Fake access tokens contain the role. */
function roleOf(request: IncomingMessage): Role | null {
  const role = request.headers.authorization?.split('-').at(-1);
  return ROLES.find((one) => one === role) ?? null;
}

function reply(
  response: ServerResponse,
  { status, body, headers = {} }: Answer,
  edit: (json: string) => string,
): void {
  const type = status >= 400 ? 'application/problem+json' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(body === undefined ? undefined : typeof body === 'string' ? body : edit(JSON.stringify(body)));
}
