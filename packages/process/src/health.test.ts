import { setTimeout as sleep } from 'node:timers/promises';
import { observeRequest } from '@guichet/http';
import { metrics } from '@guichet/metrics';
import test from 'ava';
import { request } from 'undici';
import { listenAdmin } from './admin-port.ts';
import { createHealth } from './health.ts';

async function admin(
  t: { teardown(end: () => Promise<void>): void },
  check: () => Promise<readonly string[]>,
) {
  const stopping = new AbortController();
  const health = createHealth(check, stopping.signal);
  const served = await listenAdmin({ ADMIN_HOST: '127.0.0.1', ADMIN_PORT: 0 }, health);
  t.teardown(() => served.close());
  const ask = async (path: string) => {
    const { statusCode, body, headers } = await request(`http://127.0.0.1:${served.port}${path}`);
    return { status: statusCode, text: await body.text(), type: headers['content-type'] };
  };
  const statuses = async () =>
    Promise.all(['/livez', '/startupz', '/readyz'].map(async (path) => (await ask(path)).status));
  return { health, stopping, ask, statuses };
}

test('alive, started and ready are three different answers', async (t) => {
  let missing: string[] = [];
  const { health, stopping, ask, statuses } = await admin(t, async () => missing);
  t.deepEqual(await statuses(), [200, 503, 503], 'starting');
  t.is((await ask('/readyz')).text, 'missing: starting\n');
  health.started = true;
  t.deepEqual(await statuses(), [200, 200, 200], 'serving');
  missing = ['database'];
  await sleep(2_020);
  t.deepEqual(await statuses(), [200, 200, 503], 'a database that is down is no reason for a restart');
  t.is((await ask('/readyz')).text, 'missing: database\n');
  missing = [];
  await sleep(2_020);
  t.deepEqual(await statuses(), [200, 200, 200], 'the database is up again');
  stopping.abort();
  t.deepEqual(await statuses(), [200, 200, 503], 'stopping');
  t.is((await ask('/readyz')).text, 'missing: draining\n');
});

test('a process whose check fails is not ready, but alive', async (t) => {
  const { health, statuses } = await admin(t, () => Promise.reject(new Error('broken')));
  health.started = true;
  t.deepEqual(await statuses(), [200, 200, 503]);
});

test('probes query the database at most every two seconds', async (t) => {
  let requests = 0;
  const health = createHealth(async () => {
    requests += 1;
    return [];
  });
  health.started = true;
  await Promise.all(Array.from({ length: 100 }, () => health.ready()));
  t.is(requests, 1);
});

test('/metrics has the format of Prometheus, and a gauge that fails does not affect the others', async (t) => {
  const { ask } = await admin(t, async () => []);
  observeRequest('GET', '/api/things/:id', 200, 0.02);
  metrics.counter({ name: 'test_events_total', help: 'x', labelNames: ['kind'] as const }).inc({ kind: 'a' });
  metrics.gauge({ name: 'test_depth', help: 'x' }, async () => 7);
  metrics.gauge({ name: 'test_broken', help: 'x' }, () => Promise.reject(new Error('down')));
  const { status, text, type } = await ask('/metrics');
  t.is(status, 200);
  t.regex(String(type), /^text\/plain/);
  t.regex(
    text,
    /http_request_duration_seconds_count\{method="GET",route="\/api\/things\/:id",status="200"\} 1/,
  );
  t.regex(text, /test_events_total\{kind="a"\} 1/);
  t.regex(text, /test_depth 7/);
  t.regex(text, /process_resident_memory_bytes/);
});

test('any other path is 404 and names the known ones', async (t) => {
  const { ask } = await admin(t, async () => []);
  for (const path of ['/', '/constructor', '/livez/x', '/__proto__']) {
    const { status, text } = await ask(path);
    t.is(status, 404);
    t.regex(text, /\/livez/);
  }
  t.is((await ask('/livez?x=1')).status, 200);
});
