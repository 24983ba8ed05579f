import { join } from 'node:path';
import { accountsOf } from './nats-accounts.ts';
import type { NatsUserName } from './nats-permissions.ts';

export interface NatsServerOptions {
  folder: string;
  /** The address to listen on; by default only this machine can connect. */
  host?: string;
  port: number;
  /** Serves /healthz to this machine. */
  monitorPort: number;
  /** A folder with ca.crt, tls.crt, tls.key: clients must present a certificate of the same authority. */
  tlsFolder: string | null;
  /** The other nodes of its cluster; absent or null for a server on its own. */
  cluster?: NatsClusterOptions | null;
  /** Passwords by user; null grants every client all permissions (private test servers). */
  passwords: Readonly<Record<NatsUserName, string>> | null;
}

interface NatsClusterOptions {
  /** The name of this node, different for each. */
  node: string;
  /** Where the other nodes connect. */
  port: number;
  /** The ports at which this node reaches the others. */
  routes: readonly number[];
}

/** The configuration of a NATS server outside the chart. Its configuration language is a superset of JSON. */
export function natsConfiguration(options: NatsServerOptions): Record<string, unknown> {
  const { folder, host = '127.0.0.1', port, monitorPort, tlsFolder, passwords, cluster = null } = options;
  return {
    server_name: cluster?.node ?? 'guichet',
    listen: `${host}:${port}`,
    http: `127.0.0.1:${monitorPort}`,
    max_payload: 1_048_576,
    // By default, a connection that was lost without a word is noticed after minutes, also one between two nodes of a cluster.
    ping_interval: '5s',
    ping_max: 2,
    jetstream: { store_dir: join(folder, 'streams') },
    ...(tlsFolder === null ? {} : { tls: tlsOf(tlsFolder) }),
    ...(cluster === null ? {} : { cluster: clusterOf(cluster, host, tlsFolder) }),
    ...(passwords === null ? {} : { accounts: accountsOf((user) => passwords[user]) }),
  };
}

function clusterOf({ port, routes }: NatsClusterOptions, host: string, tlsFolder: string | null) {
  return {
    name: 'guichet',
    listen: `${host}:${port}`,
    // Clients and nodes use only the addresses that they were given: those that a node would add lead around a link between them. Nothing listens on port 1.
    no_advertise: true,
    advertise: `${host}:1`,
    routes: routes.map((other) => `nats://${host}:${other}`),
    ...(tlsFolder === null ? {} : { tls: tlsOf(tlsFolder) }),
  };
}

function tlsOf(folder: string): Record<string, unknown> {
  return {
    cert_file: join(folder, 'tls.crt'),
    key_file: join(folder, 'tls.key'),
    ca_file: join(folder, 'ca.crt'),
    verify: true,
    // In seconds; long, because handshakes are slow on a loaded machine.
    timeout: 5,
  };
}
