import { existsSync } from 'node:fs';
import { chown, copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import { choosePorts } from '@guichet/ports';
import { execa } from 'execa';
import type { RowDataPacket } from 'mysql2/promise';
import { withLastLines } from '../processes/last-lines.ts';
import type { ProcessPlan, SupervisedProcess } from '../processes/supervised.ts';
import type { GaleraProgram } from '../programs/galera.ts';
import { DATABASE_NODES } from './database-nodes.ts';
import {
  connectAsRoot,
  type DatabaseOptions,
  initialise,
  type PreparedFolder,
  prepareFolder,
  serverArguments,
  writeOwned,
} from './database-server.ts';
import { GALERA_PROVIDER_OPTIONS, GALERA_SERVER_OPTIONS } from './galera-options.ts';
import { retryUntilSuccess } from './retry-until-success.ts';

export interface ClusterNode {
  /** The name of its process. */
  name: string;
  folder: string;
  /** Where clients connect. */
  port: number;
  /** Where the other nodes connect. */
  groupPort: number;
  /** Where it receives what was committed while it was down. */
  catchUpPort: number;
  /** Where it receives the whole data. */
  copyPort: number;
}

export interface ClusterOptions extends Omit<DatabaseOptions, 'program' | 'folder' | 'port'> {
  program: GaleraProgram;
  nodes: readonly ClusterNode[];
}

/** The position of a node in the history of its cluster. */
export interface Position {
  cluster: string;
  /** The number of its last transaction; -1 if it's unknown, so that the node needs a copy of the whole data. */
  transaction: number;
}

interface PreparedNode extends ClusterNode {
  prepared: PreparedFolder;
}

const START_SCRIPT = join(import.meta.dirname, 'start-node.sh');
/** The initial statements that were run last. */
const APPLIED = 'applied.sql';
/** In the folder of the node that begins the cluster, until it has. */
const BOOTSTRAP = 'bootstrap';
const NO_POSITION: Position = { cluster: '00000000-0000-0000-0000-000000000000', transaction: -1 };
/** The user that copies the data of a node for another one. */
const COPY_USER = 'copy';

/**
 * Creates the data folders of a Galera cluster if they are missing and chooses the node that begins the cluster: the one that committed last,
 * also after all of them were killed. Returns how to run the nodes: `startNodes` starts them, and then each may be restarted alone.
 * @throws UserError if the nodes have different histories
 */
export async function prepareCluster(options: ClusterOptions): Promise<ProcessPlan[]> {
  const { program, nodes } = options;
  const all: PreparedNode[] = [];
  for (const node of nodes) {
    const prepared = await prepareFolder({ ...options, folder: node.folder });
    all.push({ ...node, prepared });
    await writeOwned(
      join(node.folder, 'my.cnf'),
      configuration(options, { ...node, prepared }),
      prepared.owner,
    );
    await writeOwned(
      prepared.initFile,
      `${await readFile(prepared.initFile, 'utf8')}${copyUserStatements(options.rootPassword)}\n`,
      prepared.owner,
    );
  }
  if (all.every(({ prepared }) => !existsSync(prepared.data))) await initialiseAll(options, all);
  const positions: Position[] = [];
  for (const node of all) positions.push(await positionOf(program, node));
  const first = all[mostAdvanced(positions)];
  for (const [index, { folder, prepared }] of all.entries()) {
    const isFirst = all[index] === first;
    // The view of before would let the nodes wait for each other.
    await rm(join(prepared.data, 'gvwstate.dat'), { force: true });
    await rm(join(folder, BOOTSTRAP), { force: true });
    if (isFirst) await writeOwned(join(folder, BOOTSTRAP), '', prepared.owner);
    if (existsSync(prepared.data)) {
      await writeState(prepared, positions[index] ?? NO_POSITION, { mayBegin: isFirst });
      continue;
    }
    // It was deleted, and is copied from another node.
    await mkdir(prepared.data, { mode: 0o700 });
    if (prepared.owner !== null) await chown(prepared.data, prepared.owner.uid, prepared.owner.gid);
  }
  return all.map(({ name, folder }) => ({
    name,
    program: '/bin/sh',
    args: [START_SCRIPT, program.database.server, folder],
    cwd: folder,
    environment: program.environment,
    stage: 3,
    graceMs: 30_000,
  }));
}

/** The index of the node that has everything that any node committed. @throws UserError if the nodes don't share a history */
export function mostAdvanced(positions: readonly Position[]): number {
  const known = positions.filter(({ transaction }) => transaction >= 0);
  if (new Set(known.map(({ cluster }) => cluster)).size > 1) {
    throw new UserError(
      'The database nodes belong to different clusters, so none of them can be trusted to have everything. Keep the data folder of one and delete those of the others.',
    );
  }
  const last = Math.max(...known.map(({ transaction }) => transaction), -1);
  return Math.max(
    0,
    positions.findIndex(({ transaction }) => transaction === last),
  );
}

/** Reads grastate.dat. */
export function readState(text: string): Position {
  const cluster = /^uuid:\s+([-0-9a-f]{36})$/m.exec(text)?.[1];
  const transaction = /^seqno:\s+(-?\d+)$/m.exec(text)?.[1];
  return cluster === undefined || transaction === undefined
    ? NO_POSITION
    : { cluster, transaction: Number(transaction) };
}

/** All nodes begin with the same data and position, so that none has to be copied over the network. */
async function initialiseAll(options: ClusterOptions, nodes: readonly PreparedNode[]): Promise<void> {
  const [first, ...others] = nodes as [PreparedNode, ...PreparedNode[]];
  const initial = join(first.folder, 'initial');
  await rm(initial, { recursive: true, force: true });
  await initialise(options.program.database, { ...first.prepared, data: initial });
  await runOnce(options, { ...first, prepared: { ...first.prepared, data: initial } });
  await markApplied(nodes);
  for (const { prepared } of others) {
    await execa('cp', ['-a', initial, `${prepared.data}.new`]);
    await rename(`${prepared.data}.new`, prepared.data);
  }
  await rename(initial, first.prepared.data);
}

/** Runs a node alone until it has run the initial statements: only a cluster gives its data a position. */
async function runOnce({ program, rootPassword }: ClusterOptions, node: PreparedNode): Promise<void> {
  const { folder, port, prepared } = node;
  await writeState(prepared, NO_POSITION, { mayBegin: true });
  const server = execa(
    program.database.server,
    [
      `--defaults-file=${join(folder, 'my.cnf')}`,
      `--datadir=${prepared.data}`,
      '--wsrep-new-cluster',
      `--init-file=${prepared.initFile}`,
    ],
    { all: true, reject: false, env: program.environment, cwd: folder, forceKillAfterDelay: 20_000 },
  );
  const ended = server.then(({ all }) => {
    throw new UserError(
      `The database could not create its data folder ${prepared.data}:\n${all.slice(-2_000)}`,
    );
  });
  ended.catch(() => undefined);
  const ready = retryUntilSuccess('The database', 60_000, async () => {
    const { state } = await readNodeState({ port }, { rootPassword });
    if (state !== 'Synced') throw new Error(`it is ${state}`);
  });
  try {
    await Promise.race([ready, ended]);
  } finally {
    ready.catch(() => undefined);
    server.kill('SIGTERM');
    await server;
  }
}

/** Remembers which initial statements the nodes have, so that they are not run again. */
async function markApplied(nodes: readonly Pick<ClusterNode, 'folder'>[]): Promise<void> {
  for (const { folder } of nodes) await copyFile(join(folder, 'init.sql'), join(folder, APPLIED));
}

/** @throws UserError if it has data whose position can't be read: taken for a node without data, it would lose what only it has committed */
async function positionOf(
  { database, environment }: GaleraProgram,
  { folder, prepared }: PreparedNode,
): Promise<Position> {
  const text = await readFile(join(prepared.data, 'grastate.dat'), 'utf8').catch(() => '');
  const stored = readState(text);
  if (stored.transaction >= 0 || stored.cluster === NO_POSITION.cluster) return stored;
  // It was killed: only its data has the position.
  const { all } = await execa(
    database.server,
    [`--defaults-file=${join(folder, 'my.cnf')}`, '--wsrep-recover', '--skip-networking'],
    {
      all: true,
      reject: false,
      env: environment,
      cwd: folder,
    },
  );
  const found = /Recovered position:\s*([-0-9a-f]{36}):(-?\d+)/.exec(all);
  const transaction = Number(found?.[2] ?? -1);
  if (found === null || transaction < 0)
    throw new UserError(
      `The position of ${prepared.data} could not be read. If its data is damaged, delete it: it's copied from another node.\n${all.slice(-2_000)}`,
    );
  return { cluster: found[1] as string, transaction };
}

async function writeState(
  { data, owner }: PreparedFolder,
  { cluster, transaction }: Position,
  { mayBegin }: { mayBegin: boolean },
): Promise<void> {
  const lines = [
    '# GALERA saved state',
    'version: 2.1',
    `uuid:    ${cluster}`,
    `seqno:   ${transaction}`,
    `safe_to_bootstrap: ${mayBegin ? 1 : 0}`,
  ];
  await writeOwned(join(data, 'grastate.dat'), `${lines.join('\n')}\n`, owner);
}

/** The password of the user that copies data is that of root, which it may act as nearly as much as. */
function copyUserStatements(rootPassword: string): string {
  const user = `'${COPY_USER}'@'localhost'`;
  return [
    `CREATE USER IF NOT EXISTS ${user} IDENTIFIED BY '${rootPassword}';`,
    `ALTER USER ${user} IDENTIFIED BY '${rootPassword}';`,
    `GRANT RELOAD, PROCESS, LOCK TABLES, BINLOG MONITOR ON *.* TO ${user};`,
  ].join('\n');
}

function configuration(options: ClusterOptions, node: PreparedNode): string {
  const { program, nodes, rootPassword } = options;
  const { name, folder, port, groupPort, catchUpPort, copyPort, prepared } = node;
  const { tls } = prepared;
  const server = serverArguments({ ...options, program: program.database, folder, port }, prepared)
    .filter((argument) => !argument.startsWith('--init-file='))
    .map((argument) => argument.slice(2));
  const provider = {
    'gmcast.listen_addr': `${tls === null ? 'tcp' : 'ssl'}://127.0.0.1:${groupPort}`,
    'ist.recv_addr': `127.0.0.1:${catchUpPort}`,
    'ist.recv_bind': `127.0.0.1:${catchUpPort}`,
    // What a node that was down for minutes needs under load; without it, it copies the whole data.
    'gcache.size': tls === null ? '32M' : '128M',
    ...GALERA_PROVIDER_OPTIONS,
    ...(tls === null
      ? {}
      : {
          'socket.ssl_ca': tls.ca,
          'socket.ssl_cert': tls.certificate,
          'socket.ssl_key': tls.key,
        }),
  };
  return [
    '[mysqld]',
    ...server,
    ...GALERA_SERVER_OPTIONS,
    `wsrep-provider=${program.provider}`,
    'wsrep-cluster-name=guichet',
    `wsrep-cluster-address=gcomm://${nodes.map((one) => `127.0.0.1:${one.groupPort}`).join()}`,
    `wsrep-node-name=${name}`,
    `wsrep-node-address=127.0.0.1:${groupPort}`,
    `wsrep-sst-receive-address=127.0.0.1:${copyPort}`,
    `wsrep-sst-auth=${COPY_USER}:${rootPassword}`,
    // The last node is the least likely writer; the comma at the end allows any other one.
    `wsrep-sst-donor=${nodes
      .map((one) => one.name)
      .filter((one) => one !== name)
      .reverse()
      .join()},`,
    `wsrep-provider-options="${Object.entries(provider)
      .map(([key, value]) => `${key}=${value}`)
      .join(';')}"`,
    ...(tls === null
      ? []
      : ['[sst]', 'encrypt=3', `tca=${tls.ca}`, `tcert=${tls.certificate}`, `tkey=${tls.key}`]),
    '',
  ].join('\n');
}

/** What a node says about itself. */
export interface NodeState {
  /** Its own word: Synced, Donor/Desynced, Joined, Joining, Initialized. */
  state: string;
  /** Whether it belongs to the majority, and so may commit. */
  isPrimary: boolean;
  size: number;
  transaction: number;
  /** How many transactions were committed on it, and not on another node. */
  ownTransactions: number;
}

type Root = Pick<ClusterOptions, 'rootPassword'>;

/** @throws Error if the node doesn't answer */
export async function readNodeState(
  { port }: Pick<ClusterNode, 'port'>,
  { rootPassword }: Root,
): Promise<NodeState> {
  const connection = await connectAsRoot({ port, rootPassword });
  try {
    const [rows] = await connection.query<RowDataPacket[]>({
      sql: "SHOW STATUS WHERE Variable_name IN ('wsrep_local_state_comment', 'wsrep_cluster_status', 'wsrep_cluster_size', 'wsrep_last_committed', 'wsrep_replicated')",
      timeout: 2_000,
    });
    const value = (name: string): string => rows.find((row) => row.Variable_name === name)?.Value ?? '';
    return {
      state: value('wsrep_local_state_comment'),
      isPrimary: value('wsrep_cluster_status') === 'Primary',
      size: Number(value('wsrep_cluster_size')),
      transaction: Number(value('wsrep_last_committed')),
      ownTransactions: Number(value('wsrep_replicated')),
    };
  } finally {
    connection.destroy();
  }
}

/** Ends the connections of a node with the others, and refuses new ones, until it is called with false. */
export function isolateNode(root: Root & Pick<ClusterNode, 'port'>, isIsolated: boolean): Promise<void> {
  return setProviderOption(root, `gmcast.isolate=${isIsolated ? 1 : 0}`);
}

/** Lets a node use its renewed certificate for new connections with the other nodes. */
export function renewNodeTls(root: Root & Pick<ClusterNode, 'port'>): Promise<void> {
  return setProviderOption(root, 'socket.ssl_reload=1');
}

async function setProviderOption(root: Root & Pick<ClusterNode, 'port'>, option: string): Promise<void> {
  const connection = await connectAsRoot(root);
  try {
    await connection.query('SET GLOBAL wsrep_provider_options = ?', [option]);
  } finally {
    connection.destroy();
  }
}

/** Three nodes with free ports, each with a folder of its own in `folder`. */
export async function clusterNodes(folder: string): Promise<ClusterNode[]> {
  const nodes: ClusterNode[] = [];
  for (const name of DATABASE_NODES) {
    const ports = await choosePorts(['port', 'groupPort', 'catchUpPort', 'copyPort']);
    nodes.push({ name, folder: join(folder, name), ...ports });
  }
  return nodes;
}

type Started = Pick<ClusterOptions, 'nodes' | 'rootPassword'>;

const JOINED_WITHIN_MS = 120_000;

/**
 * Starts the nodes, one after another, and waits until each has joined. The first to start is the one that begins the cluster: a node that connects to it while it does so is
 * turned away, doesn't connect to it again, and waits for half a minute with the third one for a cluster that neither of them knows.
 * @throws UserError with the last output of the nodes
 */
export async function startNodes(
  options: Started,
  processOf: (name: string) => Pick<SupervisedProcess, 'start' | 'plan' | 'lastLines'>,
): Promise<void> {
  const { nodes } = options;
  const isFirst = ({ folder }: ClusterNode) => existsSync(join(folder, BOOTSTRAP));
  const inOrder = [...nodes.filter(isFirst), ...nodes.filter((node) => !isFirst(node))];
  for (const [index, node] of inOrder.entries()) {
    processOf(node.name).start();
    const others = inOrder.slice(0, index);
    await withLastLines(waitForNode(node, options, others.length + 1), () =>
      [node, ...others].map(({ name }) => processOf(name)),
    );
    // If it's started again from now on, it joins the others.
    await rm(join(node.folder, BOOTSTRAP), { force: true });
  }
  await waitForCluster(options);
}

/** Waits until every node has joined the others and has everything. */
export async function waitForCluster(options: Started): Promise<void> {
  const { nodes } = options;
  await Promise.all(nodes.map((node) => waitForNode(node, options, nodes.length)));
  await markApplied(nodes);
}

function waitForNode(node: ClusterNode, { nodes, rootPassword }: Started, members: number): Promise<void> {
  return retryUntilSuccess(`The database node ${node.name}`, JOINED_WITHIN_MS, async () => {
    const { state, isPrimary, size } = await readNodeState(node, { rootPassword });
    if (state !== 'Synced' || !isPrimary || size < members)
      throw new Error(`it is ${state || 'starting'} with ${size} of ${nodes.length} nodes`);
  });
}
