import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Role } from '../clients/auth.ts';
import { answerFromFixtures } from './fake-answers.ts';
import { type Answer, problem, type Received } from './messages.ts';

/** The three services in one plain HTTP server, answering from fixtures in the form of the HTTP contract. */
export interface FakeBank {
  url: string;
  /** Every request that arrived, the newest last. */
  requests: Received[];
  /** Answers the next request to `method path` with this instead. */
  answerNext(method: string, path: string, answer: Answer): void;
  close(): Promise<void>;
}

export async function startFakeBank(): Promise<FakeBank> {
  const requests: Received[] = [];
  const planned: { key: string; answer: Answer }[] = [];
  const server = createServer(async (request, response) => {
    const received = await read(request).catch(() => null);
    // The caller disconnected.
    if (received === null) return;
    requests.push(received);
    const at = planned.findIndex(({ key }) => key === `${received.method} ${received.path}`);
    const answer =
      at === -1 ? answerFromFixtures(received, roleOf(request)) : planned.splice(at, 1)[0]?.answer;
    reply(response, answer ?? { status: 404, body: problem(404, 'not_found') });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answerNext: (method, path, answer) => planned.push({ key: `${method} ${path}`, answer }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://fake');
  return {
    method: request.method ?? 'GET',
    path: pathname,
    query: searchParams,
    headers: request.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

/** A fake access token says the role it stands for. */
function roleOf(request: IncomingMessage): Role | null {
  const role = request.headers.authorization?.split('-').at(-1);
  return role === 'member' || role === 'agent' || role === 'superuser' ? role : null;
}

function reply(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  const type = status >= 400 ? 'application/problem+json' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
}
