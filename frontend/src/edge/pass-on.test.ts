import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '@guichet/log';
import test, { type ExecutionContext } from 'ava';
import Koa from 'koa';
import { request } from 'undici';
import { requestId } from '../request-id.ts';
import { openServices } from '../services.ts';
import { passOnApi } from './pass-on.ts';
import { publicReadiness } from './readiness.ts';

async function listen(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

/** The edge before one service that answers with `listener`. */
async function edgeBefore(t: ExecutionContext, listener: RequestListener, { forwardedHops = 0 } = {}) {
  const service = await listen(listener);
  const services = openServices({ auth: service.url, accounts: service.url, logging: service.url }, null);
  const app = new Koa();
  app.silent = true;
  app.use(requestId);
  app.use(passOnApi({ services, log: silentLog, forwardedHops }));
  app.use(publicReadiness(services, () => false));
  const edge = await listen(app.callback());
  t.teardown(async () => {
    edge.close();
    service.close();
    await Promise.all(Object.values(services).map((pool) => pool.destroy()));
  });
  return { url: edge.url, service };
}

test('a request arrives whole, and says who sent it', async (t) => {
  let seen: IncomingMessage | undefined;
  let body = '';
  const { url } = await edgeBefore(t, async (incoming, reply) => {
    seen = incoming;
    for await (const chunk of incoming) body += chunk;
    reply.writeHead(201, { 'content-type': 'application/json', 'set-cookie': 'sly=1', server: 'secret' });
    reply.end('{"ok":true}');
  });
  const answer = await request(`${url}/api/operations?x=1`, {
    method: 'POST',
    headers: {
      authorization: 'Bearer abc',
      cookie: 'guichet=sealed',
      'content-type': 'application/json',
      'x-forwarded-for': '6.6.6.6',
      'x-request-id': 'mine-1',
      'x-real-ip': '6.6.6.6',
      forwarded: 'for=6.6.6.6',
      'idempotency-key': 'k',
    },
    body: '{"amount":1}',
  });
  t.is(answer.statusCode, 201);
  t.deepEqual(await answer.body.json(), { ok: true });
  t.is(answer.headers['set-cookie'], undefined);
  t.is(answer.headers.server, undefined);
  t.is(answer.headers['x-request-id'], 'mine-1');
  t.is(seen?.url, '/api/operations?x=1');
  t.is(body, '{"amount":1}');
  t.is(seen?.headers.authorization, 'Bearer abc');
  t.is(seen?.headers['idempotency-key'], 'k');
  t.is(seen?.headers.cookie, undefined);
  t.is(seen?.headers.forwarded, undefined);
  t.is(seen?.headers['x-real-ip'], undefined);
  t.is(seen?.headers['x-forwarded-for'], '127.0.0.1');
  t.is(seen?.headers['x-request-id'], 'mine-1');
});

test('an address that a trusted proxy saw is believed, one before it is not', async (t) => {
  let seen: string | undefined;
  const { url } = await edgeBefore(
    t,
    (incoming, reply) => {
      seen = incoming.headers['x-forwarded-for'] as string;
      reply.end();
    },
    { forwardedHops: 1 },
  );
  await request(`${url}/api/accounts`, { headers: { 'x-forwarded-for': '6.6.6.6, 192.0.2.7' } });
  t.is(seen, '192.0.2.7');
});

test('a request id that could be anything is replaced', async (t) => {
  const { url } = await edgeBefore(t, (incoming, reply) => reply.end(incoming.headers['x-request-id']));
  const answer = await request(`${url}/api/accounts`, { headers: { 'x-request-id': 'a b' } });
  t.regex(await answer.body.text(), /^[0-9a-f-]{36}$/);
});

test('events come through as they happen, and the service learns when the reader leaves', async (t) => {
  const left = Promise.withResolvers<void>();
  const { url } = await edgeBefore(t, (incoming, reply) => {
    reply.writeHead(200, { 'content-type': 'text/event-stream' });
    reply.write('data: 1\n\n');
    incoming.once('close', left.resolve);
  });
  const answer = await request(`${url}/api/logs/stream`);
  const first = await answer.body[Symbol.asyncIterator]().next();
  t.is(String(first.value), 'data: 1\n\n');
  answer.body.destroy();
  await left.promise;
});

test('a large answer is not held in memory for a slow reader', async (t) => {
  let sent = 0;
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const { url } = await edgeBefore(t, async (_incoming, reply) => {
    reply.on('error', () => undefined);
    reply.writeHead(200, { 'content-type': 'text/csv' });
    for (let index = 0; index < 1_000 && !reply.destroyed; index += 1) {
      sent += chunk.length;
      if (!reply.write(chunk)) await once(reply, 'drain').catch(() => undefined);
    }
    reply.end();
  });
  const answer = await request(`${url}/api/logs/export`);
  await sleep(400);
  t.true(sent < 32 * 1024 * 1024, `${sent} bytes were taken from the service before anything was read`);
  answer.body.destroy();
});

test('a service that is away is 503 problem+json with Retry-After', async (t) => {
  const { url, service } = await edgeBefore(t, (_incoming, reply) => reply.end());
  service.close();
  const answer = await request(`${url}/api/accounts`);
  t.is(answer.statusCode, 503);
  t.is(answer.headers['content-type'], 'application/problem+json');
  t.truthy(answer.headers['retry-after']);
  const body = (await answer.body.json()) as Record<string, unknown>;
  t.is(body.code, 'unavailable');
  t.is(body.correlation_id, answer.headers['x-request-id']);
});

test('a service that dies before it answers is 503, one that dies midway breaks the answer off', async (t) => {
  const { url } = await edgeBefore(t, (incoming, reply) => {
    if (incoming.url === '/api/accounts') return void incoming.socket.destroy();
    reply.writeHead(200, { 'content-length': '100' });
    reply.write('half');
    setTimeout(() => incoming.socket.destroy(), 50);
  });
  const early = await request(`${url}/api/accounts`);
  t.is(early.statusCode, 503);
  const late = await request(`${url}/api/operations`);
  await t.throwsAsync(late.body.text());
});

test('what is between services is not found, and asks no service', async (t) => {
  let asked = 0;
  const { url } = await edgeBefore(t, (_incoming, reply) => {
    asked += 1;
    reply.end();
  });
  for (const path of ['/internal/revocations', '/api/%2e%2e/internal/revocations']) {
    const answer = await request(url + path);
    t.is(answer.statusCode, 404, path);
    t.is(((await answer.body.json()) as { code: string }).code, 'not_found');
  }
  t.is(asked, 0);
});

test('the public readiness names what is missing', async (t) => {
  let status = 200;
  const { url } = await edgeBefore(t, (_incoming, reply) => {
    reply.statusCode = status;
    reply.end();
  });
  const ready = await request(`${url}/readyz`);
  t.is(ready.statusCode, 200);
  t.deepEqual(await ready.body.json(), { ready: true, missing: [] });
  status = 503;
  const missing = await request(`${url}/readyz`);
  t.is(missing.statusCode, 503);
  t.deepEqual(await missing.body.json(), { ready: false, missing: ['auth', 'accounts', 'logging'] });
});
