import { SERVICES, type ServiceName } from '@guichet/contract';
import { STREAMS_USER } from '@guichet/jobs/servers/nats-permissions';
import { type Link, openLink } from '@guichet/testing';
import { type BankPorts, NATS_NODES, natsNodesOf } from './settings.ts';

type PortName = keyof BankPorts;

/** The process that listens on each port that others connect to. */
const SERVERS: readonly (readonly [PortName, string])[] = [
  ['database', 'database'],
  ['smtp', 'mail'],
  ['auth', 'auth'],
  ['accounts', 'accounts'],
  ['logging', 'logging'],
  ...NATS_NODES.map((node) => [node, node] as const),
];

/** The processes that each service connects to, besides NATS. */
const CALLS: Readonly<Record<ServiceName, readonly PortName[]>> = {
  auth: ['database', 'accounts', 'logging'],
  accounts: ['database', 'auth'],
  logging: ['database', 'auth'],
  mailer: ['smtp'],
  frontend: ['auth', 'accounts', 'logging'],
};

/** The links between the processes of a bank: one for each process and each port that it connects to. */
export interface Network {
  /** The ports at which a process reaches the others. */
  portsOf(client: string): Partial<BankPorts>;
  /** Cuts every connection from and to a process, but not those of the supervisor: the admin port, and the database's and NATS's own checks. */
  cutOff(process: string): void;
  /** @see Link */
  heal(process: string, options?: { forget?: boolean }): void;
  close(): Promise<void>;
}

interface Way {
  client: string;
  server: string;
  port: PortName;
  link: Link;
}

/** Opens the links of a bank, the public port included. */
export async function openNetwork(ports: BankPorts): Promise<Network> {
  const ways: Way[] = [];
  const add = async (client: string, server: string, port: PortName, at?: number): Promise<void> => {
    const target = ports[port];
    if (target === undefined) return;
    const link = await openLink(at === undefined ? { target } : { target, port: at });
    ways.push({ client, server, port, link });
  };
  for (const client of [...SERVICES, STREAMS_USER] as const) {
    const called: readonly PortName[] = client === STREAMS_USER ? [] : CALLS[client];
    for (const [port, server] of SERVERS)
      if (called.includes(port) || NATS_NODES.some((node) => node === port)) await add(client, server, port);
  }
  const nodes = natsNodesOf(ports);
  for (const node of nodes)
    for (const other of nodes) if (other !== node) await add(node, other, `${other}_route`);
  await add('clients', 'frontend', 'frontend', ports.public);

  const of = (process: string) =>
    ways.filter(({ client, server }) => client === process || server === process);
  const cut = new Set<string>();
  return {
    portsOf: (client) =>
      Object.fromEntries(
        ways.filter((way) => way.client === client).map(({ port, link }) => [port, link.port]),
      ),
    cutOff(process) {
      cut.add(process);
      for (const { link } of of(process)) link.cut();
    },
    heal(process, options) {
      cut.delete(process);
      // A link between two processes that are cut off passes only once both are healed.
      for (const { client, server, link } of of(process))
        if (!cut.has(client) && !cut.has(server)) link.heal(options);
    },
    async close() {
      await Promise.all(ways.map(({ link }) => link.close()));
    },
  };
}
