import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { withLastLines } from '../processes/last-lines.ts';
import type { ProcessPlan, SupervisedProcess } from '../processes/supervised.ts';
import type { ClusterNode, GroupOptions } from './cluster-node.ts';
import { connectAsRoot, initialise, prepareFolder, writeOwned } from './database-server.ts';
import { groupConfiguration, recoveryUserStatements, useRecoveryUser } from './group-configuration.ts';
import { readNodeState } from './node-state.ts';
import { retryUntilSuccess } from './retry-until-success.ts';

// Three MySQL servers with Group Replication. The group chooses one of them, its primary, which alone takes writes.

const START_SCRIPT = join(import.meta.dirname, 'start-group-member.sh');
/** In the folder of each member: the name of its group, which tells members of two groups apart. */
const GROUP = 'group';
/** In the folder of a member that joins the group by itself when it's started. */
const JOINS = 'joins';

type Started = Pick<GroupOptions, 'nodes' | 'rootPassword'>;

/**
 * Creates the data folders of a group if they are missing. Returns how to run its members: `startGroup` starts them, and then each may be restarted alone.
 * @throws UserError if they belong to different groups
 */
export async function prepareGroup(options: GroupOptions): Promise<ProcessPlan[]> {
  const { program, nodes, rootPassword } = options;
  const group = await groupOf(nodes);
  for (const node of nodes) {
    const { folder } = node;
    const prepared = await prepareFolder({ ...options, folder });
    const { owner, initFile } = prepared;
    // Each member runs the initial statements itself, and must not send them to the others.
    const initial = `SET SESSION sql_log_bin = 0;\n${await readFile(initFile, 'utf8')}${recoveryUserStatements(rootPassword)}\n`;
    await writeOwned(initFile, initial, owner);
    await writeOwned(join(folder, GROUP), group, owner);
    await writeOwned(
      join(folder, 'my.cnf'),
      groupConfiguration(options, { ...node, prepared }, group),
      owner,
    );
    await rm(join(folder, JOINS), { force: true });
    if (!existsSync(prepared.data)) await initialise(program, prepared);
  }
  return nodes.map(({ name, folder }) => ({
    name,
    program: '/bin/sh',
    args: [START_SCRIPT, program.server, folder],
    cwd: folder,
    environment: {},
    stage: 3,
    graceMs: 30_000,
  }));
}

async function groupOf(nodes: readonly ClusterNode[]): Promise<string> {
  const read = ({ folder }: ClusterNode) => readFile(join(folder, GROUP), 'utf8').catch(() => null);
  const known = new Set((await Promise.all(nodes.map(read))).filter((name) => name !== null));
  if (known.size > 1)
    throw new UserError(
      'The database nodes belong to different groups, so none of them can be trusted to have everything. Keep the folder of one and delete those of the others.',
    );
  const [name = randomUUID()] = known;
  return name;
}

const JOINED_WITHIN_MS = 120_000;

/**
 * Starts the members and waits until all have joined. The one that committed last begins the group, also after all were killed.
 * @throws UserError with the last output of the members, or if none of them has everything that the others have
 */
export async function startGroup(
  options: Started,
  processOf: (name: string) => Pick<SupervisedProcess, 'start' | 'plan' | 'lastLines'>,
): Promise<void> {
  const { nodes, rootPassword } = options;
  const processes = nodes.map(({ name }) => processOf(name));
  for (const process of processes) process.start();
  const begin = async () => {
    const connected = nodes.map((node) =>
      retryUntilSuccess(`The database node ${node.name}`, JOINED_WITHIN_MS, () =>
        connectAsRoot({ ...node, rootPassword }),
      ),
    );
    const roots = await Promise.all(connected);
    try {
      await joinAll(roots, rootPassword);
    } finally {
      for (const root of roots) root.destroy();
    }
    await waitForGroup(options);
  };
  await withLastLines(begin(), () => processes);
  for (const { folder } of nodes) await writeFile(join(folder, JOINS), '');
}

/** Lets the first member that has everything begin the group, and the others join it one after another. @throws UserError if none has everything */
async function joinAll(roots: readonly Connection[], rootPassword: string): Promise<void> {
  const positions: string[] = [];
  for (const root of roots) positions.push(await positionOf(root));
  const hasAll: boolean[] = [];
  for (const [index, root] of roots.entries())
    hasAll.push(await contains(root, positions[index] ?? '', positions));
  const first = roots[hasAll.indexOf(true)];
  if (first === undefined)
    throw new UserError(
      'Each database node has committed something that the others have not, so none of them can be trusted to have everything. Keep the folder of the last writer and delete those of the others.',
    );
  await joinGroup(first, rootPassword, { begins: true });
  for (const root of roots) if (root !== first) await joinGroup(root, rootPassword, { begins: false });
}

/** The transactions that a member has committed, and those that it has received for certain and commits next, as a set of GTIDs. */
async function positionOf(root: Connection): Promise<string> {
  const [[row]] = await root.query<RowDataPacket[]>(
    `SELECT CONCAT(@@GLOBAL.gtid_executed, COALESCE((SELECT CONCAT(',', RECEIVED_TRANSACTION_SET)
      FROM performance_schema.replication_connection_status
      WHERE CHANNEL_NAME = 'group_replication_applier' AND RECEIVED_TRANSACTION_SET <> ''), '')) AS position`,
  );
  return String(row?.position ?? '');
}

/** Whether a set of GTIDs has all of the others. */
async function contains(root: Connection, position: string, others: readonly string[]): Promise<boolean> {
  const [[row]] = await root.query<RowDataPacket[]>(
    `SELECT ${others.map(() => 'GTID_SUBSET(?, ?)').join(' AND ')} AS hasAll`,
    others.flatMap((other) => [other, position]),
  );
  return Number(row?.hasAll) === 1;
}

async function joinGroup(
  root: Connection,
  rootPassword: string,
  { begins }: { begins: boolean },
): Promise<void> {
  await root.query(useRecoveryUser(rootPassword));
  if (begins) await root.query('SET GLOBAL group_replication_bootstrap_group = ON');
  try {
    await root.query('START GROUP_REPLICATION');
  } finally {
    if (begins) await root.query('SET GLOBAL group_replication_bootstrap_group = OFF');
  }
}

/** Waits until every member has joined the others and has everything. */
export async function waitForGroup({ nodes, rootPassword }: Started): Promise<void> {
  const waitFor = (node: ClusterNode) =>
    retryUntilSuccess(`The database node ${node.name}`, JOINED_WITHIN_MS, async () => {
      const { state, word, size } = await readNodeState(node, { rootPassword });
      if (state !== 'joined' || size < nodes.length)
        throw new Error(`it is ${word} with ${size} of ${nodes.length} nodes`);
    });
  await Promise.all(nodes.map(waitFor));
}
