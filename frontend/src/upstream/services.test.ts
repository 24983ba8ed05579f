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
  await eventually(() => link.connections() === 0, 8_000);
});
