import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tlsPaths } from '@guichet/certificates';
import type { NatsSettings, StreamSettings } from '@guichet/config';
import type { StreamName } from '@guichet/contract/events';
import { type Broker, connectBroker, type Envelope, ensureDurables, ensureStreams } from '@guichet/events';
import { silentLog } from '@guichet/log';
import { freePort } from '@guichet/ports';
import { eventually } from './eventually.ts';

/** No test measures the start, and a machine may be busy with other tests. */
const START_WITHIN_MS = 30_000;

export interface TestNats {
  settings: NatsSettings & StreamSettings & { TLS_DIRECTORY: string };
  /** Kills the server; its streams stay on disk. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes its streams. */
  remove(): Promise<void>;
}

/** A NATS server with its own JetStream, because tests share no streams; with mutual TLS if `tls` has a certificate. */
export async function startTestNats({ tls }: { tls?: string } = {}): Promise<TestNats> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'guichet-nats-'));
  let server: ChildProcess | null = null;

  async function start(): Promise<void> {
    const options = ['--jetstream', '--store_dir', directory, '--addr', '127.0.0.1', '--port', String(port)];
    if (tls !== undefined) {
      const { ca, cert, key } = tlsPaths(tls);
      options.push('--tlsverify', '--tlscacert', ca, '--tlscert', cert, '--tlskey', key);
    }
    const child = spawn(process.env.TEST_NATS_SERVER ?? 'nats-server', options, {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    server = child;
    process.once('exit', () => child.kill('SIGKILL'));
    // The stream is read to its end, because a server that cannot write its log stops.
    let log = '';
    child.stderr.on('data', (chunk) => {
      log = `${log}${chunk}`.slice(-2_000);
    });
    const started = await eventually(
      async () => child.exitCode !== null || child.signalCode !== null || (await answers(port)),
      START_WITHIN_MS,
    ).catch(() => false);
    if (!started || child.exitCode !== null) throw new Error(`nats-server did not start:\n${log}`);
  }
  async function kill(): Promise<void> {
    if (server === null || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  }
  await start();
  return {
    settings: {
      NATS_SERVERS: [`127.0.0.1:${port}`],
      NATS_USER: undefined,
      NATS_PASSWORD: undefined,
      NATS_REPLICAS: 1,
      NATS_STREAMS_MIB: 256,
      NATS_TLS: tls === undefined ? 'off' : 'required',
      TLS_DIRECTORY: tls ?? '',
    },
    kill,
    start,
    async remove() {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A broker connected to `nats`, with its streams and their durable consumers created. */
export async function testBroker(
  nats: TestNats,
  streams: readonly StreamName[],
  name = 'test',
  envelope?: Envelope,
): Promise<Broker> {
  let created = false;
  const broker = connectBroker({
    name,
    settings: nats.settings,
    streams,
    log: silentLog,
    envelope,
    // Not again when the connection was lost: it would undo what a test changed in a stream.
    onConnected: async (manager) => {
      if (created) return;
      await ensureStreams(manager, streams, nats.settings);
      await ensureDurables(manager, streams);
      created = true;
    },
  });
  await broker.whenReady();
  return broker;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket(port, '127.0.0.1');
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
