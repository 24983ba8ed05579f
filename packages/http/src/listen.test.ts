import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type PeerCertificate } from 'node:tls';
import { readTls } from '@guichet/certificates';
import { eventually, freePort, openLink, testAuthority } from '@guichet/testing';
import test from 'ava';
import { Agent, request } from 'undici';
import { buildShop, seen } from './fixtures.ts';
import { listenHttp, listenMutualTls } from './listen.ts';
import { openPeer, PeerUnreachableError } from './peer.ts';

const authority = await testAuthority();
const foreign = await testAuthority();
const { app } = buildShop();
const [shop, auth, accounts, stranger] = await Promise.all([
  authority.issue('shop'),
  authority.issue('auth'),
  authority.issue('accounts'),
  foreign.issue('auth'),
]);
const listening = await listenMutualTls(app, { HOST: '127.0.0.1', PORT: 0, TLS_DIRECTORY: shop });
const origin = `https://127.0.0.1:${listening.port}`;
test.after.always(async () => {
  await listening.close(100);
  await authority.remove();
  await foreign.remove();
});

function peerOf(
  t: { teardown(end: () => Promise<void>): void },
  directory: string,
  name = 'shop',
  url = origin,
) {
  const peer = openPeer(name, url, { TLS_DIRECTORY: directory });
  t.teardown(() => peer.close());
  return peer;
}

/** Resolves when the socket is closed, even by a reset, for which `once` would reject. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

test('a service is identified by the name in its certificate, on every connection', async (t) => {
  const [asAuth, asAccounts] = [peerOf(t, auth), peerOf(t, accounts)];
  for (let times = 0; times < 3; times += 1) {
    const replies = await Promise.all(
      Array.from({ length: 6 }, () => asAuth.request({ method: 'GET', path: '/internal/auth-only' })),
    );
    t.true(replies.every(({ status }) => status === 200));
    t.is((await asAccounts.request({ method: 'GET', path: '/internal/auth-only' })).status, 404);
    t.deepEqual(await asAccounts.request({ method: 'GET', path: '/internal/any' }), {
      status: 200,
      body: { internal: true },
    });
  }
});

test('a certificate of a foreign authority is refused, whatever its name', async (t) => {
  const peer = peerOf(t, stranger);
  await t.throwsAsync(peer.request({ method: 'GET', path: '/internal/any' }), {
    instanceOf: PeerUnreachableError,
  });
  // The client accepts any server here, but the server still refuses the client.
  const { cert, key } = readTls(stranger);
  const dispatcher = new Agent({ connect: { cert, key, rejectUnauthorized: false } });
  await t.throwsAsync(request(`${origin}/api/things`, { dispatcher }));
  await dispatcher.close();
});

test('a client without a certificate, with an older TLS or in plain text is refused', async (t) => {
  const { ca } = readTls(auth);
  const without = new Agent({ connect: { ca } });
  await t.throwsAsync(request(`${origin}/api/things`, { dispatcher: without }));
  const older = new Agent({ connect: { ...readTls(auth), maxVersion: 'TLSv1.2' } });
  await t.throwsAsync(request(`${origin}/api/things`, { dispatcher: older }));
  await t.throwsAsync(request(`http://127.0.0.1:${listening.port}/api/things`));
  await Promise.all([without.close(), older.close()]);
});

test('a peer connects only to the intended service', async (t) => {
  const peer = peerOf(t, auth, 'accounts');
  const error = await t.throwsAsync(peer.request({ method: 'GET', path: '/internal/any' }), {
    instanceOf: PeerUnreachableError,
  });
  t.regex(String(error?.cause), /altnames|does not match/);
});

test('a peer’s request contains its body and its correlation id', async (t) => {
  const { status } = await peerOf(t, auth).request({
    method: 'POST',
    path: '/api/notes',
    body: { text: 'hello' },
    correlationId: 'from-the-click',
  });
  t.is(status, 204);
  const received = seen.find(({ correlationId }) => correlationId === 'from-the-click');
  t.deepEqual(received?.body, { text: 'hello' });
});

test('a peer that is down or too slow is reported as unreachable within the timeout', async (t) => {
  const unreachable = peerOf(t, auth, 'shop', `https://127.0.0.1:${await freePort()}`);
  await t.throwsAsync(unreachable.request({ method: 'GET', path: '/x?secret=1' }), {
    instanceOf: PeerUnreachableError,
    message: 'shop did not answer GET /x',
  });
  await t.throwsAsync(peerOf(t, auth).request({ method: 'GET', path: '/api/slow', timeoutMs: 100 }), {
    instanceOf: PeerUnreachableError,
  });
});

test('renewed certificates are used for new connections, on both sides, without a restart', async (t) => {
  const [server, client] = await Promise.all([authority.issue('shop'), authority.issue('auth')]);
  const own = await listenMutualTls(app, { HOST: '127.0.0.1', PORT: 0, TLS_DIRECTORY: server });
  const peer = openPeer('shop', `https://127.0.0.1:${own.port}`, { TLS_DIRECTORY: client });
  t.teardown(async () => {
    await peer.close();
    await own.close(100);
  });
  const shown = async (directory: string) => {
    const socket = connect({ port: own.port, host: '127.0.0.1', ...readTls(directory) });
    await once(socket, 'secureConnect');
    const { serialNumber } = socket.getPeerCertificate() as PeerCertificate;
    socket.destroy();
    return serialNumber;
  };
  const ask = () => peer.request({ method: 'GET', path: '/internal/auth-only' });
  t.is((await ask()).status, 200);
  const before = await shown(client);
  t.is(await shown(client), before);
  // A different authority: only a process that reloads both files can connect.
  await foreign.issue('shop', { directory: server });
  await foreign.issue('auth', { directory: client });
  await sleep(1_050);
  t.not(await shown(client), before);
  const fresh = openPeer('shop', `https://127.0.0.1:${own.port}`, { TLS_DIRECTORY: client });
  t.is((await fresh.request({ method: 'GET', path: '/internal/auth-only' })).status, 200);
  await fresh.close();
  const burst = await Promise.all(Array.from({ length: 8 }, ask));
  t.true(burst.every(({ status }) => status === 200));
  await t.throwsAsync(shown(auth), undefined, 'the older authority is no longer trusted');
});

/** Sends a slow request, and resolves once it is being handled. */
async function startSlow(
  port: number,
  id: string,
  options: { dispatcher?: Agent; signal?: AbortSignal } = {},
) {
  const running = request(`http://127.0.0.1:${port}/api/slow`, {
    headers: { 'x-request-id': id },
    ...options,
  });
  running.catch(() => undefined);
  const handling = await eventually(() => seen.find(({ correlationId }) => correlationId === id));
  return { running, handling };
}

test('closing lets running requests finish, accepts no new ones, and does not wait for idle connections', async (t) => {
  const own = await listenHttp(app, { HOST: '127.0.0.1', PORT: 0 });
  const idle = connectSocket(own.port, '127.0.0.1').on('error', () => undefined);
  await once(idle, 'connect');
  const agent = new Agent();
  const { running } = await startSlow(own.port, 'finishes', { dispatcher: agent });
  const began = performance.now();
  const closed = own.close(5_000);
  await t.throwsAsync(request(`http://127.0.0.1:${own.port}/`), { code: 'ECONNREFUSED' });
  const reply = await running;
  t.deepEqual(await reply.body.json(), { done: true });
  await closed;
  t.true(performance.now() - began < 4_000, `${performance.now() - began} ms`);
  idle.destroy();
  await agent.close();
});

test('a server that is stopping still serves, and closes each connection after its reply', async (t) => {
  const stopping = new AbortController();
  const own = await listenHttp(app, { HOST: '127.0.0.1', PORT: 0 }, { stopping: stopping.signal });
  t.teardown(() => own.close(100));
  const agent = new Agent({ connections: 1 });
  t.teardown(() => agent.close());
  const ask = async () => {
    const { statusCode, headers, body } = await request(`http://127.0.0.1:${own.port}/readyz`, {
      dispatcher: agent,
    });
    await body.dump();
    return [statusCode, headers.connection];
  };
  t.deepEqual(await ask(), [200, 'keep-alive']);
  stopping.abort();
  t.deepEqual(await ask(), [200, 'close']);
  t.deepEqual(await ask(), [200, 'close'], 'a new connection is served as well');
});

test('a request that does not finish in time is cut off', async (t) => {
  const own = await listenHttp(app, { HOST: '127.0.0.1', PORT: 0 });
  const { running } = await startSlow(own.port, 'cut-off');
  await own.close(50);
  await t.throwsAsync(running);
});

test('a handler is notified when its client disconnects', async (t) => {
  const own = await listenHttp(app, { HOST: '127.0.0.1', PORT: 0 });
  t.teardown(() => own.close(100));
  const leaving = new AbortController();
  const { running, handling } = await startSlow(own.port, 'leaves', { signal: leaving.signal });
  t.false(handling.clientAborted.aborted);
  leaving.abort();
  await t.throwsAsync(running);
  t.truthy(await eventually(() => handling.clientAborted.aborted));
});

test('a port in use is an error at the start', async (t) => {
  await t.throwsAsync(listenHttp(app, { HOST: '127.0.0.1', PORT: listening.port }), { code: 'EADDRINUSE' });
});

test('clients that send their headers slowly, or nothing at all, are disconnected', async (t) => {
  const limits = { headersWithinMs: 200, requestWithinMs: 400, checkEveryMs: 50 };
  const own = await listenHttp(app, { HOST: '127.0.0.1', PORT: 0 }, { limits });
  t.teardown(() => own.close(100));
  const endings = [
    'GET / HTTP/1.1\r\nX-Slow: ',
    'POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx',
    '',
  ].map(async (text) => {
    const socket = connectSocket(own.port, '127.0.0.1').on('error', () => undefined);
    socket.write(text);
    await closed(socket.resume());
  });
  await t.notThrowsAsync(Promise.all(endings));
});

test('the number of connections per address is limited', async (t) => {
  const limits = { connectionsPerAddressMax: 2 };
  const own = await listenHttp(app, { HOST: '127.0.0.1', PORT: 0 }, { limits });
  t.teardown(() => own.close(100));
  const open = async () => {
    const socket = connectSocket(own.port, '127.0.0.1').on('error', () => undefined);
    t.teardown(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  };
  const [first] = [await open(), await open()];
  const third = await open();
  await closed(third.resume());
  first.destroy();
  await closed(first);
  const again = await eventually(async () => {
    const { statusCode, body } = await request(`http://127.0.0.1:${own.port}/readyz`);
    await body.dump();
    return statusCode;
  });
  t.is(again, 200);
});

test('an idle connection to a service ends within seconds, before the network can lose it', async (t) => {
  const link = await openLink({ target: listening.port });
  t.teardown(() => link.close());
  const peer = peerOf(t, auth, 'shop', `https://127.0.0.1:${link.port}`);
  t.is((await peer.request({ method: 'GET', path: '/internal/auth-only' })).status, 200);
  t.is(link.connections(), 1);
  await eventually(() => link.connections() === 0, 20_000);
});
