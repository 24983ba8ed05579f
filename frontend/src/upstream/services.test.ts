import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually, openLink } from '@guichet/testing';
import test from 'ava';
import { closeServices, openServices } from './services.ts';

test('an idle connection to a service ends within seconds, before the network can lose it', async (t) => {
  const server = createServer((_request, response) => response.end('{}'));
  server.keepAliveTimeout = 65_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const link = await openLink({ target: (server.address() as AddressInfo).port });
  const url = `http://127.0.0.1:${link.port}`;
  const services = openServices({ auth: url, accounts: url, logging: url, mailer: url }, null);
  t.teardown(async () => {
    await closeServices(services);
    await link.close();
    server.close();
  });
  const reply = await services.accounts.calls.request({ origin: url, path: '/', method: 'GET' });
  await reply.body.dump();
  t.is(link.connections(), 1);
  await eventually(() => link.connections() === 0, 20_000);
});

test('a request whose process ends before it replies is sent again, if that cannot do its work twice', async (t) => {
  const seen: string[] = [];
  let losses = 0;
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.headers['idempotency-key'] ?? ''}`);
    request.resume().on('end', () => {
      if (losses > 0) {
        losses -= 1;
        request.socket.destroy();
      } else response.end('{"ok":true}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const services = openServices({ auth: url, accounts: url, logging: url, mailer: url }, null);
  t.teardown(async () => {
    await closeServices(services);
    server.close();
  });
  const send = async (
    lane: 'accounts' | 'auth',
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    headers: Record<string, string>,
    lost = 1,
  ): Promise<string> => {
    losses = lost;
    seen.length = 0;
    const body = method === 'POST' ? '{"amount":1}' : null;
    const reply = services[lane].calls.request({ origin: url, path: '/', method, headers, body });
    const outcome = await reply.then(({ body: read }) => read.text()).catch(() => 'lost');
    losses = 0;
    return `${outcome} after ${seen.join(', ')}`;
  };
  const key = { 'idempotency-key': 'a' };
  t.is(await send('accounts', 'GET', {}), '{"ok":true} after GET , GET ');
  t.is(await send('auth', 'GET', {}), '{"ok":true} after GET , GET ');
  t.is(await send('accounts', 'POST', key), '{"ok":true} after POST a, POST a');
  t.is(await send('accounts', 'POST', {}), 'lost after POST ');
  t.is(await send('accounts', 'DELETE', {}), 'lost after DELETE ');
  t.is(await send('accounts', 'DELETE', key), 'lost after DELETE a');
  t.is(await send('accounts', 'PUT', key), '{"ok":true} after PUT a, PUT a');
  t.is(await send('auth', 'POST', key), 'lost after POST a');
  t.is(await send('accounts', 'GET', {}, 3), '{"ok":true} after GET , GET , GET , GET ');
  t.is(await send('accounts', 'GET', {}, 4), 'lost after GET , GET , GET , GET ');
});

test('a request is not sent again if its response has begun, or does not come in time', async (t) => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(String(request.url));
    if (request.url === '/hangs') return;
    response.writeHead(request.url === '/refused' ? 400 : 200, { 'content-length': 10 });
    response.write('half');
    setTimeout(() => request.socket.destroy(), 50);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const services = openServices({ auth: url, accounts: url, logging: url, mailer: url }, null);
  t.teardown(async () => {
    server.closeAllConnections();
    await closeServices(services);
    server.close();
  });
  for (const path of ['/half', '/refused', '/hangs']) {
    const headersTimeout = path === '/hangs' ? 100 : 10_000;
    const reply = services.accounts.calls.request({ origin: url, path, method: 'GET', headersTimeout });
    await t.throwsAsync(
      reply.then(({ body }) => body.text()),
      undefined,
      path,
    );
  }
  t.deepEqual(seen, ['/half', '/refused', '/hangs']);
});
