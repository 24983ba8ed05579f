import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@guichet/testing';
import test from 'ava';
import { openNetwork } from './network.ts';
import { type BankPorts, INNER_PORTS } from './settings.ts';

/** One server that greets, on the ports of all processes. */
async function startGreeter(): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('hello');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** Whether a connection gets its greeting. */
async function passes(port: number | undefined): Promise<boolean> {
  const socket = connect(port ?? 0, '127.0.0.1').on('error', () => undefined);
  const got = once(socket, 'data').then(
    () => true,
    () => false,
  );
  const passed = await Promise.race([got, sleep(300, false)]);
  socket.destroy();
  return passed;
}

test('a process that is cut off neither reaches the others nor is reached, until it is healed', async (t) => {
  const { server, port } = await startGreeter();
  const nodes = ['nats-2', 'nats-3', 'nats_route', 'nats-2_route', 'nats-3_route', 'frontend'];
  const names = [...INNER_PORTS, ...nodes];
  const ports = Object.fromEntries(names.map((name) => [name, port])) as unknown as BankPorts;
  ports.public = await freePort();
  const network = await openNetwork(ports);
  t.teardown(async () => {
    await network.close();
    server.close();
  });
  const state = async () => ({
    toAccounts: await passes(network.portsOf('frontend').accounts),
    toDatabase: await passes(network.portsOf('accounts').database),
    toNats: await passes(network.portsOf('accounts')['nats-3']),
    others: await passes(network.portsOf('frontend').auth),
    otherDatabase: await passes(network.portsOf('auth').database),
    clients: await passes(ports.public),
    route: await passes(network.portsOf('nats')['nats-3_route']),
  });
  const all = {
    toAccounts: true,
    toDatabase: true,
    toNats: true,
    others: true,
    otherDatabase: true,
    clients: true,
    route: true,
  };
  t.deepEqual(await state(), all);
  network.cutOff('accounts');
  t.deepEqual(await state(), { ...all, toAccounts: false, toDatabase: false, toNats: false });
  network.cutOff('nats-3');
  t.deepEqual(await state(), { ...all, toAccounts: false, toDatabase: false, toNats: false, route: false });
  network.heal('accounts');
  t.deepEqual(await state(), { ...all, toNats: false, route: false });
  network.heal('nats-3');
  t.deepEqual(await state(), all);
  network.cutOff('frontend');
  t.deepEqual(await state(), { ...all, toAccounts: false, others: false, clients: false });
});
