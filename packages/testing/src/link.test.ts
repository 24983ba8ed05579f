import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { eventually } from './eventually.ts';
import { type Link, openLink } from './link.ts';

/** A server that replies with what it gets, and a link to it. */
async function openEcho(t: ExecutionContext) {
  const accepted: Socket[] = [];
  const server = createServer((socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const link = await openLink({ target: port });
  t.teardown(async () => {
    await link.close();
    for (const socket of accepted) socket.destroy();
    server.close();
  });
  return { server, accepted, link };
}

async function call(t: ExecutionContext, { port }: Link) {
  const socket = connect(port, '127.0.0.1');
  const caller = { socket, got: '', closed: false };
  socket.on('data', (chunk) => {
    caller.got += chunk;
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    caller.closed = true;
  });
  t.teardown(() => void socket.destroy());
  await once(socket, 'connect');
  return caller;
}

/** Longer than anything takes on this machine that isn't held back. */
const PROBABLY_NEVER_MS = 300;

test('a link passes both directions and the end of a connection', async (t) => {
  const { link } = await openEcho(t);
  const caller = await call(t, link);
  caller.socket.write('one');
  await eventually(() => caller.got === 'one');
  caller.socket.end();
  await eventually(() => caller.closed);
  t.is(caller.got, 'one');
});

test('a cut connection stays open and silent; after it what was sent arrives', async (t) => {
  const { link, accepted } = await openEcho(t);
  const caller = await call(t, link);
  caller.socket.write('one');
  await eventually(() => caller.got === 'one');
  link.cut();
  caller.socket.write('two');
  const late = await call(t, link);
  late.socket.write('three');
  await sleep(PROBABLY_NEVER_MS);
  t.deepEqual([caller.got, late.got, caller.closed, late.closed], ['one', '', false, false]);
  t.is(accepted.length, 1);
  link.heal();
  await eventually(() => caller.got.length >= 6 && late.got.length >= 5);
  t.deepEqual([caller.got, late.got], ['onetwo', 'three']);
});

test('neither side of a cut connection learns that the other has ended', async (t) => {
  const { link, accepted } = await openEcho(t);
  const caller = await call(t, link);
  caller.socket.write('one');
  await eventually(() => caller.got === 'one');
  link.cut();
  accepted[0]?.destroy();
  await sleep(PROBABLY_NEVER_MS);
  t.false(caller.closed);
  link.heal();
  t.true(await eventually(() => caller.closed));
  t.is(caller.got, 'one');
});

test('a forgotten connection stays silent after the cut, also at its end, and new ones pass', async (t) => {
  const { link, accepted } = await openEcho(t);
  const old = await call(t, link);
  old.socket.write('one');
  await eventually(() => old.got === 'one');
  link.cut();
  old.socket.write('two');
  link.heal({ forget: true });
  const fresh = await call(t, link);
  fresh.socket.write('three');
  await eventually(() => fresh.got === 'three');
  old.socket.write('four');
  accepted[0]?.destroy();
  await sleep(PROBABLY_NEVER_MS);
  t.deepEqual([old.got, old.closed], ['one', false]);
});

test('a link to a port without a server ends the connection', async (t) => {
  const { link, server, accepted } = await openEcho(t);
  const caller = await call(t, link);
  caller.socket.write('one');
  await eventually(() => caller.got === 'one');
  server.close();
  accepted[0]?.resetAndDestroy();
  await eventually(() => caller.closed);
  const next = await call(t, link);
  await eventually(() => next.closed);
  t.deepEqual([caller.got, next.got], ['one', '']);
});
