import { existsSync } from 'node:fs';
import { chown, copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import { execa } from 'execa';
import { withLastLines } from '../processes/last-lines.ts';
import type { ProcessPlan, SupervisedProcess } from '../processes/supervised.ts';
import type { ClusterNode, ClusterOptions, PreparedNode } from './cluster-node.ts';
import { initialise, prepareFolder, writeOwned } from './database-server.ts';
import { clusterConfiguration, copyUserStatements } from './galera-configuration.ts';
import { mostAdvanced, NO_POSITION, type Position, positionOf, writeState } from './galera-positions.ts';
import { readNodeState } from './node-state.ts';
import { retryUntilSuccess } from './retry-until-success.ts';

const START_SCRIPT = join(import.meta.dirname, 'start-galera-node.sh');
/** The initial statements that were run last. */
const APPLIED = 'applied.sql';
/** In the folder of the node that begins the cluster, until it has. */
const BOOTSTRAP = 'bootstrap';
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
      clusterConfiguration(options, { ...node, prepared }),
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
    const { state, word } = await readNodeState({ port }, { rootPassword });
    if (state !== 'joined') throw new Error(`it is ${word}`);
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
    const { state, word, size } = await readNodeState(node, { rootPassword });
    if (state !== 'joined' || size < members)
      throw new Error(`it is ${word || 'starting'} with ${size} of ${nodes.length} nodes`);
  });
}
