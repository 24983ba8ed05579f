import { SERVICES, type ServiceName } from '@guichet/contract';
import { STREAMS_USER } from '@guichet/jobs/servers/nats-permissions';
import { type Link, openLink } from '@guichet/testing';
import {
  BALANCER,
  type BankPorts,
  databaseNodesOf,
  isBalanced,
  natsNodesOf,
  processesOf,
} from './settings.ts';

type PortName = keyof BankPorts;

/** What each service connects to, besides NATS. */
const CALLS: Readonly<
  Record<ServiceName, readonly ('database' | 'smtp' | Exclude<ServiceName, 'frontend'>)[]>
> = {
  auth: ['database', 'accounts', 'logging'],
  accounts: ['database', 'auth'],
  logging: ['database', 'auth'],
  mailer: ['smtp', 'auth'],
  frontend: ['auth', 'accounts', 'logging', 'mailer'],
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
  const balanced = isBalanced(ports);
  /** `port` is what the client knows the server by; the server itself may listen on another one. */
  const add = async (client: string, server: string, port: PortName, at = port): Promise<void> => {
    const target = ports[at];
    if (target === undefined) return;
    ways.push({ client, server, port, link: await openLink({ target }) });
  };
  const nodes = natsNodesOf(ports);
  for (const service of SERVICES)
    for (const client of processesOf(service, ports)) {
      for (const called of CALLS[service]) {
        if (called === 'database') for (const node of databaseNodesOf(ports)) await add(client, node, node);
        else if (called === 'smtp') await add(client, 'mail', 'smtp');
        else if (balanced) await add(client, BALANCER, called, `${called}_balanced`);
        else await add(client, called, called);
      }
      for (const node of nodes) await add(client, node, node);
    }
  for (const node of nodes) {
    await add(STREAMS_USER, node, node);
    for (const other of nodes) if (other !== node) await add(node, other, `${other}_route`);
  }
  if (balanced) {
    for (const service of SERVICES)
      for (const process of processesOf(service, ports)) {
        await add(BALANCER, process, process);
        await add(BALANCER, process, `${process}_admin`);
      }
  } else {
    const link = await openLink({ target: ports.frontend as number, port: ports.public });
    ways.push({ client: 'clients', server: 'frontend', port: 'public', link });
  }

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
