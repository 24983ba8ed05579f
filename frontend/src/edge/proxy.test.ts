import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '@guichet/log';
import { eventually } from '@guichet/testing';
import test, { type ExecutionContext } from 'ava';
import Koa from 'koa';
import { request } from 'undici';
import { measureRequests } from '../measure-requests.ts';
import { requestId } from '../request-id.ts';
import { destroyServices, LANE_BOUNDS, openServices } from '../upstream/services.ts';
import { proxyApi } from './proxy.ts';
import { publicReadiness } from './readiness.ts';
import { createBodyReceiver } from './receive-body.ts';
import { originForm } from './request-target.ts';

async function listen(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

interface EdgeTestOptions {
  forwardedHops?: number;
  bounds?: typeof LANE_BOUNDS;
  receiving?: Parameters<typeof createBodyReceiver>[0];
}

/** The edge in front of one service that answers with `listener`. */
async function edgeBefore(t: ExecutionContext, listener: RequestListener, options: EdgeTestOptions = {}) {
  const { forwardedHops = 0, bounds = LANE_BOUNDS, receiving = {} } = options;
  const service = await listen(listener);
  const urls = { auth: service.url, accounts: service.url, logging: service.url, mailer: service.url };
  const services = openServices(urls, null, bounds);
  const app = new Koa();
  app.silent = true;
  app.use(originForm);
  app.use(requestId);
  app.use(measureRequests(silentLog));
  const receiveBody = createBodyReceiver(receiving);
  app.use(proxyApi({ services, receiveBody, log: silentLog, forwardedHops }));
  app.use(publicReadiness(services, () => false));
  const edge = await listen(app.callback());
  t.teardown(async () => {
    edge.close();
    service.close();
    await destroyServices(services);
  });
  return { url: edge.url, service };
}

/** Opens a connection and sends only `text`. */
function sendRaw(t: ExecutionContext, url: string, text: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  t.teardown(() => socket.destroy());
  socket.on('error', () => undefined);
  return new Promise((resolve) => socket.once('connect', () => socket.write(text, () => resolve(socket))));
}

async function answerOn(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

const HALF_SENT =
  'POST /api/auth/login HTTP/1.1\r\nHost: bank\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{"user';

test('300 unfinished bodies reach no service, and signing in still works', async (t) => {
  let asked = 0;
  const { url } = await edgeBefore(t, async (incoming, reply) => {
    asked += 1;
    for await (const _chunk of incoming);
    reply.end('{}');
  });
  await Promise.all(Array.from({ length: 300 }, () => sendRaw(t, url, HALF_SENT)));
  const answer = await request(`${url}/api/auth/login`, { method: 'POST', body: '{"username":"alice"}' });
  t.is(answer.statusCode, 200);
  t.is(asked, 1);
});

test('a body that does not arrive in time is 408, and its connection is closed', async (t) => {
  const { url } = await edgeBefore(t, (_incoming, reply) => reply.end(), { receiving: { withinMs: 100 } });
  const text = await answerOn(await sendRaw(t, url, HALF_SENT));
  t.regex(text, /^HTTP\/1\.1 408 /);
  t.regex(text, /"code":"request_timeout"/);
  t.regex(text, /^connection: close/im);
});

test('too many unfinished bodies from one address drop its oldest, not another client’s', async (t) => {
  const { url } = await edgeBefore(t, (_incoming, reply) => reply.end(), {
    receiving: { perAddress: 3 },
    forwardedHops: 1,
  });
  const from = (address: string) =>
    sendRaw(t, url, HALF_SENT.replace('Host: bank', `Host: bank\r\nX-Forwarded-For: ${address}`));
  const other = await from('192.0.2.9');
  const first = await from('192.0.2.1');
  await sleep(50);
  for (let count = 0; count < 3; count += 1) await from('192.0.2.1');
  t.regex(await answerOn(first), /408/);
  t.false(other.readableEnded);
});

test('unfinished large bodies use bounded memory: the oldest large one is dropped, from the same address first', async (t) => {
  t.timeout(120_000);
  const { url } = await edgeBefore(t, (_incoming, reply) => reply.end(), {
    receiving: {
      withinMs: 120_000,
      largeWithinMs: 120_000,
      bytesPerAddress: 4_000_000,
      bytesInAll: 5_000_000,
    },
    forwardedHops: 1,
  });
  const half = (address: string, bytes = 1_500_000) =>
    sendRaw(
      t,
      url,
      `POST /api/operations/decisions HTTP/1.1\r\nHost: bank\r\nX-Forwarded-For: ${address}\r\nContent-Length: 2000000\r\n\r\n${'x'.repeat(bytes)}`,
    );
  const small = await half('192.0.2.1', 10);
  const [first, second] = [await half('192.0.2.1'), await half('192.0.2.1')];
  await sleep(100);
  const third = await half('192.0.2.1');
  t.regex(await answerOn(first), /^HTTP\/1\.1 408 /);
  const others = [await half('192.0.2.2'), await half('192.0.2.3')];
  t.regex(await answerOn(second), /^HTTP\/1\.1 408 /);
  for (const open of [small, third, ...others]) t.false(open.readableEnded);
});

test('a body over its route’s limit is 413, with or without a declared length', async (t) => {
  let asked = 0;
  const { url } = await edgeBefore(t, async (incoming, reply) => {
    asked += 1;
    for await (const _chunk of incoming);
    reply.end('{}');
  });
  const post = (path: string, body: string | AsyncIterable<string>) =>
    request(url + path, { method: 'POST', body: body as string });
  const large = 'x'.repeat(16 * 1024 + 1);
  async function* inPieces() {
    yield large;
    yield large;
  }
  for (const body of [large, inPieces()]) {
    const answer = await post('/api/operations', body);
    t.is(answer.statusCode, 413);
    t.is(((await answer.body.json()) as { code: string }).code, 'payload_too_large');
  }
  t.is(asked, 0);
  t.is((await post('/api/operations/decisions', large)).statusCode, 200);
});

test('300 open streams leave the log readable, and streams over the cap get 503', async (t) => {
  const { url } = await edgeBefore(t, (incoming, reply) => {
    if (!incoming.url?.includes('stream')) return void reply.end('{}');
    reply.writeHead(200, { 'content-type': 'text/event-stream' });
    reply.write('retry: 2000\n\n');
  });
  const answers = await Promise.all(Array.from({ length: 300 }, () => request(`${url}/api/logs/stream`)));
  t.teardown(() => {
    for (const { body } of answers) body.on('error', () => undefined).destroy();
  });
  const refused = answers.filter(({ statusCode }) => statusCode === 503);
  t.is(answers.length - refused.length, LANE_BOUNDS.streams.perAddress);
  t.truthy(refused[0]?.headers['retry-after']);
  t.is((await request(`${url}/api/logs`)).statusCode, 200);
  answers
    .find(({ statusCode }) => statusCode === 200)
    ?.body.on('error', () => undefined)
    .destroy();
  const again = await eventually(async () => {
    const answer = await request(`${url}/api/logs/stream`);
    answer.body.on('error', () => undefined).destroy();
    return answer.statusCode === 200;
  });
  t.true(again, 'a stream that ended makes room for another');
});

test('calls over the bounds get 503 with Retry-After, and one address cannot use them all', async (t) => {
  const held: (() => void)[] = [];
  const calls = { running: 3, waiting: 0, waitMs: 0, perAddress: 2 };
  const { url } = await edgeBefore(t, (_incoming, reply) => void held.push(() => reply.end('{}')), {
    bounds: { ...LANE_BOUNDS, calls },
    forwardedHops: 1,
  });
  const get = (address: string) =>
    request(`${url}/api/accounts`, { headers: { 'x-forwarded-for': address } });
  const greedy = [get('192.0.2.1'), get('192.0.2.1')];
  await eventually(() => held.length === 2);
  t.is((await get('192.0.2.1')).statusCode, 503);
  const other = get('192.0.2.2');
  await eventually(() => held.length === 3);
  const beyond = await get('192.0.2.3');
  t.is(beyond.statusCode, 503);
  t.truthy(beyond.headers['retry-after']);
  for (const answer of held) answer();
  for (const answer of await Promise.all([...greedy, other])) t.is(answer.statusCode, 200);
});

test('the addresses of an IPv6 /64 count as one', async (t) => {
  const held: (() => void)[] = [];
  const calls = { running: 3, waiting: 0, waitMs: 0, perAddress: 2 };
  const { url } = await edgeBefore(t, (_incoming, reply) => void held.push(() => reply.end('{}')), {
    bounds: { ...LANE_BOUNDS, calls },
    receiving: { perAddress: 2 },
    forwardedHops: 1,
  });
  const get = (address: string) =>
    request(`${url}/api/accounts`, { headers: { 'x-forwarded-for': address } });
  const greedy = [get('2001:db8:1:2::1'), get('2001:db8:1:2::2')];
  await eventually(() => held.length === 2);
  t.is((await get('2001:DB8:1:2:ffff::3')).statusCode, 503);
  const other = get('2001:db8:1:3::1');
  await eventually(() => held.length === 3);
  for (const answer of held) answer();
  for (const answer of await Promise.all([...greedy, other])) t.is(answer.statusCode, 200);

  const send = (address: string) =>
    sendRaw(t, url, HALF_SENT.replace('Host: bank', `Host: bank\r\nX-Forwarded-For: ${address}`));
  const first = await send('2001:db8:1:2::1');
  await sleep(50);
  for (const host of ['2', '3']) await send(`2001:db8:1:2::${host}`);
  t.regex(await answerOn(first), /^HTTP\/1\.1 408 /);
});

test('slow downloads from one address leave document connections for others', async (t) => {
  const { url } = await edgeBefore(
    t,
    (incoming, reply) => {
      if (!incoming.url?.includes('export')) return void reply.end('{}');
      reply.writeHead(200, { 'content-type': 'text/csv' });
      reply.write('time\r\n');
    },
    {
      bounds: { ...LANE_BOUNDS, documents: { ...LANE_BOUNDS.documents, waitMs: 500 } },
      forwardedHops: 1,
    },
  );
  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => request(`${url}/api/logs/export`, from('192.0.2.1'))),
  );
  t.teardown(() => {
    for (const { body } of answers) body.on('error', () => undefined).destroy();
  });
  t.is((await request(`${url}/api/logs/verify`, from('192.0.2.2'))).statusCode, 200);
});

test('a call waits its turn and gets 503 if it waits too long', async (t) => {
  const held: (() => void)[] = [];
  const calls = { running: 1, waiting: 5, waitMs: 300, perAddress: 5 };
  const { url } = await edgeBefore(t, (_incoming, reply) => void held.push(() => reply.end('{}')), {
    bounds: { ...LANE_BOUNDS, calls },
  });
  const first = request(`${url}/api/accounts`);
  await eventually(() => held.length === 1);
  t.is((await request(`${url}/api/accounts`)).statusCode, 503);
  const second = request(`${url}/api/accounts`);
  held.shift()?.();
  t.is((await first).statusCode, 200);
  await eventually(() => held.length === 1);
  held.shift()?.();
  t.is((await second).statusCode, 200);
});

test('clients that do not read a short response hold no connection to the service', async (t) => {
  const calls = { running: 2, waiting: 10, waitMs: 10_000, perAddress: 100 };
  const text = 'x'.repeat(512 * 1024);
  const { url } = await edgeBefore(t, (_incoming, reply) => reply.end(text), {
    bounds: { ...LANE_BOUNDS, calls },
  });
  for (let count = 0; count < 6; count += 1) {
    (await sendRaw(t, url, 'GET /api/auth/openapi.json HTTP/1.1\r\nHost: bank\r\n\r\n')).pause();
  }
  const answer = await request(`${url}/api/accounts`);
  t.is(answer.statusCode, 200);
  await answer.body.dump();
});

test('a request target in absolute form is treated as the same request', async (t) => {
  const { url } = await edgeBefore(t, (incoming, reply) => {
    reply.setHeader('connection', 'close');
    reply.end(incoming.url);
  });
  for (const [target, expected] of [
    ['http://bank/api/accounts?q=1', '/api/accounts?q=1'],
    ['HTTPS://bank:8443/api/logs', '/api/logs'],
  ] as const) {
    const raw = `GET ${target} HTTP/1.1\r\nHost: bank\r\nConnection: close\r\n\r\n`;
    const text = await answerOn(await sendRaw(t, url, raw));
    t.regex(text, /^HTTP\/1\.1 200 /);
    t.true(text.includes(expected), text);
  }
  const hidden = 'GET http://bank/internal/revocations HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n';
  t.regex(await answerOn(await sendRaw(t, url, hidden)), /^HTTP\/1\.1 404 /);
});

test('a request arrives complete and names its sender', async (t) => {
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

test('a service gets the trace that a client names, and nothing that would have it recorded', async (t) => {
  const seen: IncomingMessage[] = [];
  const { url } = await edgeBefore(t, (incoming, reply) => {
    seen.push(incoming);
    reply.end('{}');
  });
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const more = { tracestate: 'vendor=1', baggage: 'user=ann' };
  for (const headers of [{ traceparent, ...more }, { traceparent: `${traceparent}-more` }, {}])
    await (await request(`${url}/api/accounts`, { headers })).body.dump();
  const [named, invalid, none] = seen.map(({ headers }) => String(headers.traceparent));
  t.is(named, '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00');
  for (const made of [invalid, none]) {
    t.regex(made ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    t.notRegex(made ?? '', /4bf92f3577b34da6a3ce929d0e0e4736/);
  }
  t.not(invalid, none);
  for (const { headers } of seen) t.deepEqual([headers.tracestate, headers.baggage], [undefined, undefined]);
});

test('only addresses added by trusted proxies are believed', async (t) => {
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

test('an invalid request id is replaced', async (t) => {
  const { url } = await edgeBefore(t, (incoming, reply) => reply.end(incoming.headers['x-request-id']));
  const answer = await request(`${url}/api/accounts`, { headers: { 'x-request-id': 'a b' } });
  t.regex(await answer.body.text(), /^[0-9a-f-]{36}$/);
});

test('events arrive as they happen, and the service notices when the client disconnects', async (t) => {
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

test('a large response is not buffered for a slow client', async (t) => {
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

test('an unavailable service gives 503 problem+json with Retry-After', async (t) => {
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

test('a service that dies before it answers gives 503; one that dies midway aborts the response', async (t) => {
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

test('internal routes get 404 and reach no service', async (t) => {
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

test('many concurrent readiness requests leave the bank ready', async (t) => {
  let asked = 0;
  const { url } = await edgeBefore(t, async (_incoming, reply) => {
    asked += 1;
    await sleep(200);
    reply.end('{}');
  });
  const answers = await Promise.all(Array.from({ length: 200 }, () => request(`${url}/readyz`)));
  t.deepEqual([...new Set(answers.map(({ statusCode }) => statusCode))], [200]);
  t.true(asked < 200, 'they share the answer');
});

test('the public readiness route names the missing services', async (t) => {
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
