import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCertificates } from '@guichet/jobs/certificates/certificate-files';
import type { ExecutionContext } from 'ava';
import { type Connection, createConnection } from 'mysql2/promise';
import { ensureGalera } from '../programs/galera.ts';
import { type ClusterOptions, clusterNodes } from './cluster-node.ts';
import { prepareCluster, startNodes } from './galera-cluster.ts';
import { superviseNodes } from './nodes.fixture.ts';

// A Galera cluster for tests.

export async function clusterOptions(t: ExecutionContext): Promise<ClusterOptions> {
  return { ...(await nodeOptions(t)), program: await ensureGalera(() => undefined) };
}

/** What the nodes of either kind of cluster need. */
export async function nodeOptions(t: ExecutionContext): Promise<Omit<ClusterOptions, 'program'>> {
  const root = await mkdtemp(join(tmpdir(), 'guichet-nodes-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  await ensureCertificates(join(root, 'tls'), ['mysql', 'auth']);
  // Deeper than the maximum length of a unix socket's path.
  const nodes = await clusterNodes(join(root, 'a-folder-with-a-long-name'.repeat(5)));
  return {
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
  const nodes = superviseNodes(t, await prepareCluster(options), onLine);
  await startNodes(options, nodes.of);
  return nodes;
}

export async function connect(
  { tlsFolder, rootPassword }: Pick<ClusterOptions, 'tlsFolder' | 'rootPassword'>,
  port: number,
): Promise<Connection> {
  const ca = await readFile(join(tlsFolder as string, 'ca.crt'));
  return createConnection({ host: '127.0.0.1', port, user: 'root', password: rootPassword, ssl: { ca } });
}
