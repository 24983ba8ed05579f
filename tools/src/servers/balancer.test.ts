import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choosePorts } from '@guichet/ports';
import test, { type ExecutionContext } from 'ava';
import { startGuard } from '../processes/guard.ts';
import { SupervisedProcess } from '../processes/supervised.ts';
import { ensureHaproxy } from '../programs/haproxy.ts';
import { prepareBalancer } from './balancer.ts';
import { retryUntilSuccess } from './retry-until-success.ts';

interface Backend {
  name: string;
  port: number;
  adminPort: number;
  seen: IncomingMessage[];
  isReady: boolean;
  /** Whether it ends the connection instead of replying. */
  isDying: boolean;
}

test('the balancer follows the processes that are ready, repeats what it may, and believes no address that a client claims', async (t) => {
  const backends = [await startBackend(t, 'frontend'), await startBackend(t, 'frontend-2')];
  const [first, second] = backends as [Backend, Backend];
  const { port } = await choosePorts(['port']);
  const folder = await mkdtemp(join(tmpdir(), 'guichet-balancer-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const plan = await prepareBalancer({
    program: await ensureHaproxy(() => undefined),
    folder,
    services: [],
    frontend: { name: 'frontend', port, processes: backends },
  });
  const guard = startGuard();
  const balancer = new SupervisedProcess(plan, { line: () => undefined, news: () => undefined }, guard);
  balancer.start();
  t.teardown(async () => {
    await balancer.stop();
    guard.close();
  });
  const send = async (method: string, headers: Record<string, string> = {}, path = '/api/operations') => {
    const reply = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers }).catch(() => null);
    return reply?.ok === true ? reply.text() : 'lost';
  };
  await retryUntilSuccess('both', 10_000, async () => {
    const names = new Set([await send('GET'), await send('GET')]);
    if (names.size < 2) throw new Error([...names].join());
  });

  await send('GET', { 'x-forwarded-for': '192.0.2.1' });
  const last = [...first.seen, ...second.seen].filter(
    ({ headers }) => headers['x-forwarded-for'] !== undefined,
  );
  t.deepEqual([...new Set(last.map(({ headers }) => headers['x-forwarded-for']))], ['127.0.0.1']);

  first.isReady = false;
  await retryUntilSuccess('the second', 10_000, async () => {
    const names = new Set([await send('GET'), await send('GET'), await send('GET')]);
    if (names.has('frontend')) throw new Error('the first is still used');
  });
  first.isReady = true;
  await retryUntilSuccess('both', 10_000, async () => {
    const names = new Set([await send('GET'), await send('GET')]);
    if (names.size < 2) throw new Error([...names].join());
  });

  second.isDying = true;
  const key = { 'idempotency-key': 'a' };
  t.deepEqual(await Promise.all([1, 2, 3, 4].map(() => send('GET'))), Array(4).fill('frontend'));
  t.deepEqual(await Promise.all([1, 2, 3, 4].map(() => send('POST', key))), Array(4).fill('frontend'));
  const unkeyed = await Promise.all([1, 2, 3, 4].map(() => send('POST')));
  t.true(unkeyed.includes('lost'), unkeyed.join());
  const elsewhere = await Promise.all([1, 2, 3, 4].map(() => send('POST', key, '/api/auth/tokens')));
  t.true(elsewhere.includes('lost'), elsewhere.join());
});

async function startBackend(t: ExecutionContext, name: string): Promise<Backend> {
  const backend: Backend = { name, port: 0, adminPort: 0, seen: [], isReady: true, isDying: false };
  backend.port = await listen(t, (request, response) => {
    backend.seen.push(request);
    if (backend.isDying) request.socket.destroy();
    else response.end(name);
  });
  backend.adminPort = await listen(t, (_request, response) => {
    response.statusCode = backend.isReady ? 200 : 503;
    response.end();
  });
  return backend;
}

async function listen(t: ExecutionContext, listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}
