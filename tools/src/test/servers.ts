import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { choosePorts } from '@guichet/ports';
import { startGuard } from '../processes/guard.ts';
import { withLastLines } from '../processes/last-lines.ts';
import { type Listener, type ProcessPlan, SupervisedProcess } from '../processes/supervised.ts';
import { ensurePrograms } from '../programs/ensure.ts';
import type { DatabaseProgram, Programs } from '../programs/find.ts';
import { ensureGalera } from '../programs/galera.ts';
import { type ClusterNode, clusterNodes } from '../servers/cluster-node.ts';
import { prepareDatabase, waitForDatabase } from '../servers/database-server.ts';
import { prepareCluster, startNodes } from '../servers/galera-cluster.ts';
import { prepareNats, waitForNats } from '../servers/nats-server.ts';
import { temporaryRoot } from './temporary-root.ts';

export interface TestServers {
  databaseUrl: string;
  natsUrl: string;
  stop(): Promise<void>;
}

const ROOT_PASSWORD = 'guichet';

/**
 * Starts a private database and NATS in `folder`, without TLS or durable commits, for the tests beside the code. With TEST_DATABASE=galera, the
 * database is a cluster of three nodes, of which the tests use the first.
 */
export async function startTestServers(
  folder: string,
  programs: { [Key in 'database' | 'nats']: NonNullable<Programs[Key]> },
): Promise<TestServers> {
  const ports = await choosePorts(['nats', 'monitor']);
  const database =
    process.env.TEST_DATABASE === 'galera'
      ? await clusterOf(folder)
      : await databaseOf(folder, programs.database);
  const nats = {
    program: programs.nats,
    folder: join(folder, 'nats'),
    port: ports.nats,
    monitorPort: ports.monitor,
    tlsFolder: null,
    passwords: null,
  };
  const plans = [...database.plans, await prepareNats(nats)];
  const guard = startGuard();
  const log = createWriteStream(join(folder, 'servers.log'));
  const listener: Listener = {
    line: (name, text) => log.write(`${name} ${text}\n`),
    news: (name, text) => log.write(`${name} ${text}\n`),
  };
  const processes = new Map(plans.map((plan) => [plan.name, new SupervisedProcess(plan, listener, guard)]));
  const processOf = (name: string) => processes.get(name) as SupervisedProcess;
  const stop = async (): Promise<void> => {
    await Promise.all([...processes.values()].map((process) => process.stop()));
    guard.close();
    log.end();
  };
  try {
    processOf('nats').start();
    const natsReady = withLastLines(waitForNats(nats), () => [processOf('nats')]);
    await Promise.all([database.start(processOf), natsReady]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    databaseUrl: `mysql://root:${ROOT_PASSWORD}@127.0.0.1:${database.port}`,
    natsUrl: `nats://127.0.0.1:${ports.nats}`,
    stop,
  };
}

interface TestDatabase {
  plans: ProcessPlan[];
  port: number;
  /** Starts its processes and waits until they are ready. */
  start(processOf: (name: string) => SupervisedProcess): Promise<void>;
}

const PRIVATE = { rootPassword: ROOT_PASSWORD, schemas: [], tlsFolder: null };

async function databaseOf(folder: string, program: DatabaseProgram): Promise<TestDatabase> {
  const { port } = await choosePorts(['port']);
  const options = { ...PRIVATE, program, folder: join(folder, 'database'), port };
  return {
    plans: [await prepareDatabase(options)],
    port,
    start(processOf) {
      processOf('database').start();
      return withLastLines(waitForDatabase(options), () => [processOf('database')]);
    },
  };
}

async function clusterOf(folder: string): Promise<TestDatabase> {
  const program = await ensureGalera((text) => console.log(text));
  const nodes = await clusterNodes(folder);
  const options = { ...PRIVATE, program, nodes };
  return {
    plans: await prepareCluster(options),
    port: (nodes[0] as ClusterNode).port,
    start: (processOf) => startNodes(options, processOf),
  };
}

/** Runs `work` with a private database and NATS that are removed afterwards, or with those in TEST_DATABASE_URL and TEST_NATS_URL. */
export async function withTestServers(
  work: (urls: { TEST_DATABASE_URL: string; TEST_NATS_URL: string }) => Promise<number>,
): Promise<number> {
  const { TEST_DATABASE_URL, TEST_NATS_URL } = process.env;
  if (TEST_DATABASE_URL && TEST_NATS_URL) return work({ TEST_DATABASE_URL, TEST_NATS_URL });
  const programs = await ensurePrograms(['database', 'nats'], (text) => console.log(text));
  const folder = await mkdtemp(join(await temporaryRoot(), 'guichet-test-'));
  try {
    const servers = await startTestServers(folder, programs);
    try {
      return await work({
        TEST_DATABASE_URL: TEST_DATABASE_URL || servers.databaseUrl,
        TEST_NATS_URL: TEST_NATS_URL || servers.natsUrl,
      });
    } finally {
      await servers.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
