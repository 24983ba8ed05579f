import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { choosePorts, freePort, isFree } from './index.ts';

const PROGRAM = new URL('./choose-ports.fixture.ts', import.meta.url).pathname;

/** Another process that has chosen ports, and the ports. */
async function otherProcess(
  t: ExecutionContext,
  ...args: string[]
): Promise<{ child: ChildProcess; ports: number[] }> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, ports: String(line).trim().split(',').map(Number) };
}

test('no outgoing connection of this machine can take a port before the server does', async (t) => {
  const [lowest] = (await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')).split('\t');
  for (let attempt = 0; attempt < 20; attempt += 1) t.true((await freePort()) < Number(lowest));
});

test('processes choose different ports, although none listens on them yet', async (t) => {
  const others = await Promise.all(Array.from({ length: 4 }, () => otherProcess(t)));
  const ports = others.flatMap((other) => other.ports);
  t.is(ports.length, 480);
  t.is(new Set(ports).size, 480);
});

test('a port of before is kept, except while another process has it', async (t) => {
  const { child, ports } = await otherProcess(t);
  const [port] = ports as [number];
  t.true(await isFree(port));
  t.not((await choosePorts(['database'], { database: port })).database, port);
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.is((await choosePorts(['database'], { database: port })).database, port);
  t.not((await otherProcess(t, String(port))).ports[0], port);
});

test('two names never share a port, also if they did before', async (t) => {
  const port = await freePort();
  const chosen = await choosePorts(['database', 'nats'], { database: port, nats: port });
  t.is(chosen.database, port);
  t.not(chosen.nats, port);
});

test('a port on which a server listens is not chosen', async (t) => {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  t.not((await choosePorts(['database'], { database: port })).database, port);
});
