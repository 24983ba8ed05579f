import { join } from 'node:path';
import { DATABASE_SERVICES, SERVICES } from '@guichet/contract';
import { readJson, writeJson } from '@guichet/jobs/json-file';
import { migrationUserOf, schemaOf } from '@guichet/jobs/servers/schema-statements';
import { choosePorts } from '@guichet/ports';
import { requestedPort } from '../ports.ts';
import type { ClusterNode } from '../servers/cluster-node.ts';
import { DATABASE_NODES } from '../servers/database-nodes.ts';
import {
  BALANCED_SERVICES,
  type BankPorts,
  type BankSettings,
  databaseNodesOf,
  type FurtherPort,
  INNER_PORTS,
  NATS_NODES,
  natsNodesOf,
  portsSeenBy,
} from './settings.ts';

/** The shape of a bank's network. */
export interface NetworkShape {
  /** 1 by default; 3 are a cluster that keeps three copies of each stream. */
  natsNodes?: 1 | 3;
  /** 1 by default; 3 are a Galera cluster or a MySQL group, of which the services write to one node. */
  databaseNodes?: 1 | 3;
  /** The processes of each service; 1 by default. Two are behind a balancer, which follows those that are ready. */
  processes?: 1 | 2;
  /** Whether the processes reach each other over links, so that each can be cut off. */
  proxied?: boolean;
}

/** Checks the two ports that users open. The inner ports stay the same as last time if they are free. */
export async function portsOf(
  folder: string,
  environment: NodeJS.ProcessEnv,
  { natsNodes = 1, databaseNodes = 1, processes = 1, proxied = false }: NetworkShape = {},
): Promise<BankPorts> {
  const file = join(folder, 'ports.json');
  const [, ...others] = NATS_NODES;
  const further: FurtherPort[] = [
    ...(natsNodes === 1
      ? []
      : [
          'nats_route' as const,
          ...others.flatMap((node) => [node, `${node}_monitor`, `${node}_route`] as const),
        ]),
    ...(databaseNodes === 1
      ? []
      : [
          ...DATABASE_NODES.filter((node) => node !== 'database'),
          ...DATABASE_NODES.flatMap((node) => CLUSTER_PORTS.map((kind) => `${node}_${kind}` as const)),
        ]),
    ...(processes === 1
      ? []
      : [
          ...SERVICES.flatMap((service) => [`${service}-2`, `${service}-2_admin`] as const),
          ...BALANCED_SERVICES.map((service) => `${service}_balanced` as const),
        ]),
    ...(proxied || processes === 2 ? ['frontend' as const] : []),
  ];
  const names = [...INNER_PORTS, ...further];
  const inner = await choosePorts(names, (await readJson<Record<string, number>>(file)) ?? {});
  const ports = {
    ...inner,
    public: await requestedPort('PORT', 8080, environment),
    mail_ui: await requestedPort('MAIL_UI_PORT', 8025, environment),
  };
  await writeJson(file, ports);
  return ports;
}

/** The further ports of a node of the database cluster. */
const CLUSTER_PORTS = ['group', 'catch_up', 'copy'] as const;

/** How the bank's database is run, or each node of it. */
export function databaseOptions({ folder, secrets }: BankSettings) {
  return {
    rootPassword: secrets.databaseRoot,
    schemas: DATABASE_SERVICES.map((service) => ({
      schema: schemaOf(service),
      user: service,
      password: secrets.database[service],
      migrationUser: migrationUserOf(service),
      migrationPassword: secrets.databaseMigration[service],
    })),
    tlsFolder: join(folder, 'tls', 'mysql'),
  };
}

/** The folder and ports of each database node. */
export function databaseNodes({ folder, ports }: Pick<BankSettings, 'folder' | 'ports'>): ClusterNode[] {
  return databaseNodesOf(ports).map((name) => ({
    name,
    folder: join(folder, name),
    port: ports[name] as number,
    groupPort: ports[`${name}_group`] as number,
    catchUpPort: ports[`${name}_catch_up`] as number,
    copyPort: ports[`${name}_copy`] as number,
  }));
}

/** How each of the bank's NATS servers is run. */
export function natsOptions(settings: BankSettings) {
  const { folder, ports, secrets } = settings;
  const nodes = natsNodesOf(ports);
  return nodes.map((node) => ({
    name: node,
    folder: join(folder, node),
    port: ports[node] as number,
    monitorPort: ports[`${node}_monitor`] as number,
    tlsFolder: join(folder, 'tls', 'nats'),
    passwords: secrets.nats,
    cluster:
      nodes.length === 1
        ? null
        : {
            node,
            port: ports[`${node}_route`] as number,
            routes: nodes
              .filter((other) => other !== node)
              .map((other) => portsSeenBy(node, settings)[`${other}_route`] as number),
          },
  }));
}
