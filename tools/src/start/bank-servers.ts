import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import type { ServiceName } from '@guichet/contract';
import { withLastLines } from '../processes/last-lines.ts';
import type { ProcessPlan, SupervisedProcess } from '../processes/supervised.ts';
import { ensurePrograms } from '../programs/ensure.ts';
import type { DatabaseProgram } from '../programs/find.ts';
import { ensureGalera } from '../programs/galera.ts';
import { ensureHaproxy } from '../programs/haproxy.ts';
import type { BalancedService, BalancerOptions } from '../servers/balancer.ts';
import type { ClusterNode } from '../servers/cluster-node.ts';
import { DATABASE_NODES } from '../servers/database-nodes.ts';
import {
  type DatabaseSize,
  prepareDatabase,
  renewDatabaseTls,
  waitForDatabase,
} from '../servers/database-server.ts';
import { prepareCluster, startNodes } from '../servers/galera-cluster.ts';
import { prepareGroup, startGroup } from '../servers/group-cluster.ts';
import { keepGroup } from '../servers/keep-group.ts';
import { renewNodeTls } from '../servers/node-state.ts';
import { databaseNodes, databaseOptions, type NetworkShape } from './server-options.ts';
import {
  adminPort,
  BALANCED_SERVICES,
  BALANCER,
  type BankSettings,
  listeningPort,
  natsNodesOf,
  portsSeenBy,
  processesOf,
} from './settings.ts';

// The database and the balancer of a bank: one server and none, or a cluster's.

/** How the running servers read a renewed certificate, by the names of their certificates. */
export function tlsRenewals(
  settings: BankSettings,
  program: DatabaseProgram,
  processes: ReadonlyMap<string, SupervisedProcess>,
) {
  const nodes = databaseNodes(settings);
  return {
    mysql: async () => {
      for (const node of nodes) {
        const options = { program, ...databaseOptions(settings), ...node };
        await renewDatabaseTls(options);
        // The members of a MySQL group read it for their connections to each other when they are started.
        if (nodes.length > 1 && program.flavour === 'mariadb') await renewNodeTls(options);
      }
    },
    nats: async () => {
      for (const node of natsNodesOf(settings.ports)) processes.get(node)?.kill('SIGHUP');
    },
  };
}

/** @throws UserError if the folder's database has more nodes than this bank: one alone would leave the history of the others */
export function assertSameShape(folder: string, { databaseNodes: count = 1 }: NetworkShape): void {
  if (count === 1 && existsSync(join(folder, DATABASE_NODES[1])))
    throw new UserError(
      `${folder} has the data of a bank with three database nodes: use npm run start:cluster, or another folder with GUICHET_DATA.`,
    );
}

export interface PreparedDatabases {
  /** How to run the one server, or each node of a cluster. */
  plans: ProcessPlan[];
  program: DatabaseProgram;
  /** What is done for them while they run, from before their start on. */
  keep?(): { stop(): Promise<void> };
  /** Starts them and waits until they are ready. */
  start(processOf: (name: string) => SupervisedProcess): Promise<void>;
}

/**
 * Prepares the one server, or the nodes of a cluster: a MySQL group if the program is MySQL, otherwise a Galera cluster.
 * @throws UserError if the folder has the data of the other server
 */
export async function prepareDatabases(
  settings: BankSettings,
  {
    size,
    program,
    say,
  }: { size: DatabaseSize | null; program: DatabaseProgram | undefined; say: (text: string) => void },
): Promise<PreparedDatabases> {
  const options = { ...databaseOptions(settings), size };
  const nodes = databaseNodes(settings);
  const first = nodes[0] as ClusterNode;
  if (nodes.length === 1) {
    const database = program ?? (await ensurePrograms(['database'], say)).database;
    const plan = await prepareDatabase({ ...options, ...first, program: database });
    const start = (processOf: (name: string) => SupervisedProcess) => {
      const process = processOf('database');
      process.start();
      return withLastLines(waitForDatabase({ ...options, port: first.port }), () => [process]);
    };
    return { plans: [plan], program: database, start };
  }
  if (program?.flavour === 'mysql') {
    assertSameServer(first, 'mysql');
    const group = { ...options, nodes, program };
    const plans = await prepareGroup(group);
    return {
      plans,
      program,
      keep: () => keepGroup(group),
      start: (processOf) => startGroup(group, processOf),
    };
  }
  assertSameServer(first, 'mariadb');
  const galera = { ...options, nodes, program: await ensureGalera(say) };
  const plans = await prepareCluster(galera);
  return { plans, program: galera.program.database, start: (processOf) => startNodes(galera, processOf) };
}

function assertSameServer({ folder }: ClusterNode, flavour: DatabaseProgram['flavour']): void {
  const data = join(folder, 'data');
  // MariaDB keeps its dictionary in files of its own.
  const existing = existsSync(join(data, 'mysql.ibd')) ? 'mysql' : 'mariadb';
  if (existsSync(data) && existing !== flavour)
    throw new UserError(
      `${folder} has the data of the other database server: start the cluster ${existing === 'mysql' ? 'with' : 'without'} --mysql, or choose another folder with GUICHET_DATA.`,
    );
}

/** Every secret of the bank, those that the user gave included. */
export function secretsOf({ secrets, environment }: BankSettings): unknown {
  const given = Object.entries(environment).flatMap(([name, value]) =>
    /PASSWORD|SECRET|KEY/.test(name) ? [value] : [],
  );
  return [secrets, given];
}

/** The options of the balancer before every service that has several processes. */
export async function balancerOptions(
  settings: BankSettings,
  say: (text: string) => void,
): Promise<BalancerOptions> {
  const { folder, ports } = settings;
  const seen = portsSeenBy(BALANCER, settings);
  const balanced = (name: ServiceName, port: number): BalancedService => ({
    name,
    port,
    processes: processesOf(name, ports).map((process) => ({
      name: process,
      port: listeningPort(process, seen),
      adminPort: adminPort(process, seen),
    })),
  });
  return {
    program: await ensureHaproxy(say),
    folder: join(folder, BALANCER),
    services: BALANCED_SERVICES.map((name) => balanced(name, ports[`${name}_balanced`] as number)),
    frontend: balanced('frontend', ports.public),
  };
}
