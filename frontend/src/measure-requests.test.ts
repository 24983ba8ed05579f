import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { silentLog } from '@guichet/log';
import { defaultRegistry } from '@guichet/metrics';
import test from 'ava';
import Koa from 'koa';
import { request } from 'undici';
import { publicReadiness } from './edge/readiness.ts';
import { measureRequests } from './measure-requests.ts';
import { openServices } from './upstream/services.ts';

test('readiness requests are measured under the route that the service levels exclude', async (t) => {
  const nowhere = 'http://127.0.0.1:9';
  const app = new Koa();
  app.use(measureRequests(silentLog));
  app.use(
    publicReadiness(
      openServices({ auth: nowhere, accounts: nowhere, logging: nowhere, mailer: nowhere }, null),
      () => false,
    ),
  );
  const server = app.listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const reply = await request(`http://127.0.0.1:${(server.address() as AddressInfo).port}/readyz`);
  t.is(reply.statusCode, 503);
  await reply.body.dump();
  const series = (await defaultRegistry.metrics())
    .split('\n')
    .filter((line) => line.startsWith('http_request_duration_seconds_count'));
  t.deepEqual(series.length, 1, series.join('\n'));
  t.regex(series[0] ?? '', /route="\/readyz",status="503"/);
});
