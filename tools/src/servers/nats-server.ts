import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessPlan } from '../processes/supervised.ts';
import { accountsOf } from './nats-accounts.ts';
import type { NatsUserName } from './nats-permissions.ts';
import { until } from './until.ts';

export interface NatsOptions {
  program: string;
  folder: string;
  /** The address to listen on; by default nobody but this machine reaches it. */
  host?: string;
  port: number;
  /** Serves /healthz to this machine. */
  monitorPort: number;
  /** A folder with ca.crt, tls.crt, tls.key: clients must show a certificate of the same authority. */
  tlsFolder: string | null;
  /** Passwords by user; null lets anyone do anything (private test servers). */
  passwords: Readonly<Record<NatsUserName, string>> | null;
}

/** Writes the server's configuration; returns how to run it. */
export async function prepareNats(options: NatsOptions): Promise<ProcessPlan> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const file = join(options.folder, 'nats.conf');
  // The configuration language takes JSON as it stands.
  await writeFile(file, `${JSON.stringify(natsConfiguration(options), null, 2)}\n`, { mode: 0o600 });
  return {
    name: 'nats',
    program: options.program,
    args: ['-c', file],
    environment: {},
    stage: 2,
  };
}

export function natsConfiguration(options: Omit<NatsOptions, 'program'>): Record<string, unknown> {
  const { folder, host = '127.0.0.1', port, monitorPort, tlsFolder, passwords } = options;
  return {
    server_name: 'guichet',
    listen: `${host}:${port}`,
    http: `127.0.0.1:${monitorPort}`,
    max_payload: 1_048_576,
    jetstream: { store_dir: join(folder, 'streams') },
    ...(tlsFolder === null ? {} : { tls: tlsOf(tlsFolder) }),
    ...(passwords === null ? {} : { accounts: accountsOf((user) => passwords[user]) }),
  };
}

function tlsOf(folder: string): Record<string, unknown> {
  return {
    cert_file: join(folder, 'tls.crt'),
    key_file: join(folder, 'tls.key'),
    ca_file: join(folder, 'ca.crt'),
    verify: true,
    // Generous: on a loaded machine a handshake waits its turn.
    timeout: 5,
  };
}

/** Waits until the server, JetStream included, says that it is well. */
export function waitForNats(options: Pick<NatsOptions, 'monitorPort'>, withinMs = 30_000): Promise<void> {
  return until('NATS', withinMs, async () => {
    const reply = await fetch(`http://127.0.0.1:${options.monitorPort}/healthz`);
    if (!reply.ok) throw new Error(`/healthz answers ${reply.status}`);
  });
}
