import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCertificates } from '@guichet/jobs/certificates/certificate-files';
import type { ExecutionContext } from 'ava';
import { type Connection, createConnection } from 'mysql2/promise';
import { startGuard } from '../processes/guard.ts';
import { SupervisedProcess } from '../processes/supervised.ts';
import { ensureGalera } from '../programs/galera.ts';
import { type ClusterOptions, clusterNodes } from './cluster-node.ts';
import { prepareCluster, startNodes } from './database-cluster.ts';

// A Galera cluster for tests.

export async function clusterOptions(t: ExecutionContext): Promise<ClusterOptions> {
  const root = await mkdtemp(join(tmpdir(), 'guichet-nodes-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  await ensureCertificates(join(root, 'tls'), ['mysql', 'auth']);
  // Deeper than the maximum length of a unix socket's path.
  const nodes = await clusterNodes(join(root, 'a-folder-with-a-long-name'.repeat(5)));
  return {
    program: await ensureGalera(() => undefined),
    nodes,
    rootPassword: 'a',
    schemas: [
      {
        schema: 'guichet_auth',
        user: 'auth',
        password: 'auth-1',
        migrationUser: 'auth_migration',
        migrationPassword: 'auth-2',
      },
    ],
    tlsFolder: join(root, 'tls', 'mysql'),
  };
}

/** @param onLine is called with each line that a node writes, and each message of its supervisor */
export async function startCluster(
  t: ExecutionContext,
  options: ClusterOptions,
  onLine: (name: string, text: string) => void = () => undefined,
) {
  const guard = startGuard();
  const output = new Map<string, string[]>();
  const listener = {
    line: (name: string, text: string) => {
      output.set(name, [...(output.get(name) ?? []), text]);
      onLine(name, text);
    },
    news: onLine,
  };
  const plans = await prepareCluster(options);
  const processes = new Map(plans.map((plan) => [plan.name, new SupervisedProcess(plan, listener, guard)]));
  const stopAll = async () => {
    await Promise.all([...processes.values()].map((process) => process.stop()));
    guard.close();
  };
  t.teardown(stopAll);
  const of = (name: string) => processes.get(name) as SupervisedProcess;
  await startNodes(options, of);
  return {
    kill: (name: string) => {
      output.set(name, []);
      of(name).kill('SIGKILL');
    },
    signal: (name: string, signal: NodeJS.Signals) => of(name).kill(signal),
    stop: (name: string) => of(name).stop(),
    end: (signal: NodeJS.Signals, name: string) => {
      of(name).kill(signal);
      return of(name).stop();
    },
    output: (name: string) => output.get(name) ?? [],
    stopAll,
  };
}

export async function connect(
  { tlsFolder, rootPassword }: ClusterOptions,
  port: number,
): Promise<Connection> {
  const ca = await readFile(join(tlsFolder as string, 'ca.crt'));
  return createConnection({ host: '127.0.0.1', port, user: 'root', password: rootPassword, ssl: { ca } });
}
