import type { Connection, RowDataPacket } from 'mysql2/promise';
import type { ClusterNode, ClusterOptions } from './cluster-node.ts';
import { connectAsRoot } from './database-server.ts';

/** What a node of a cluster, of either kind, says about itself. */
export interface NodeState {
  /** It has everything that was committed; it catches up, or copies its data to another node; or it belongs to no majority, and so commits nothing. */
  state: 'joined' | 'syncing' | 'cut off';
  /** Its own word: of Galera Synced, Donor/Desynced, Joined, Joining, Initialized; of a MySQL group ONLINE, RECOVERING, OFFLINE, ERROR. */
  word: string;
  /** How many nodes it sees, itself included. */
  size: number;
  /** Whether only this node takes writes; null in a Galera cluster, in which the services choose. */
  isWriter: boolean | null;
  /** How many transactions were committed on it, and not on another node; 0 in a MySQL group. */
  ownTransactions: number;
  /** The ports of the members of its MySQL group that it believes to be online; null in a Galera cluster. */
  online: readonly number[] | null;
}

type Root = Pick<ClusterOptions, 'rootPassword'>;

/** @throws Error if the node doesn't answer */
export function readNodeState(
  { port }: Pick<ClusterNode, 'port'>,
  { rootPassword }: Root,
): Promise<NodeState> {
  return asRoot({ port, rootPassword }, async (connection) => {
    const status = await read<{ Variable_name: string; Value: string }>(
      connection,
      "SHOW STATUS WHERE Variable_name IN ('wsrep_local_state_comment', 'wsrep_cluster_status', 'wsrep_cluster_size', 'wsrep_replicated')",
    );
    if (status.length === 0) return groupState(await read<MemberRow>(connection, MEMBERS));
    return galeraState(new Map(status.map((row) => [row.Variable_name, row.Value])));
  });
}

export function galeraState(status: ReadonlyMap<string, string>): NodeState {
  const word = status.get('wsrep_local_state_comment') ?? '';
  const isInMajority = status.get('wsrep_cluster_status') === 'Primary';
  return {
    state: !isInMajority ? 'cut off' : word === 'Synced' ? 'joined' : 'syncing',
    word,
    size: Number(status.get('wsrep_cluster_size') ?? 0),
    isWriter: null,
    ownTransactions: Number(status.get('wsrep_replicated') ?? 0),
    online: null,
  };
}

const MEMBERS = `SELECT MEMBER_ID = @@server_uuid AS isSelf, MEMBER_PORT AS port, MEMBER_STATE AS state, MEMBER_ROLE AS role
  FROM performance_schema.replication_group_members`;

export interface MemberRow {
  isSelf: number;
  port: number;
  state: string;
  role: string;
}

export function groupState(members: readonly MemberRow[]): NodeState {
  const self = members.find(({ isSelf }) => Number(isSelf) === 1);
  const word = self?.state ?? 'OFFLINE';
  const reached = members.filter(({ state }) => state === 'ONLINE' || state === 'RECOVERING').length;
  const isInMajority = reached * 2 > members.length;
  const online = members.flatMap(({ state, port }) => (state === 'ONLINE' ? [Number(port)] : []));
  const isMember = word === 'ONLINE' || word === 'RECOVERING';
  return {
    state: !isMember || !isInMajority ? 'cut off' : word === 'ONLINE' ? 'joined' : 'syncing',
    word,
    size: online.length,
    isWriter: word === 'ONLINE' && self?.role === 'PRIMARY',
    ownTransactions: 0,
    online,
  };
}

/**
 * Whether a member of a MySQL group belongs to it in the eyes of another one too: a member that was frozen believes so for some seconds although the others have
 * expelled it. Always true in a Galera cluster, which notices at once.
 */
export function isSeenByOthers(port: number, state: NodeState, others: readonly NodeState[]): boolean {
  return state.online === null || others.some(({ online }) => online?.includes(port) === true);
}

/** Ends the connections of a Galera node with the others, and refuses new ones, until it is called with false. */
export function isolateNode(root: Root & Pick<ClusterNode, 'port'>, isIsolated: boolean): Promise<void> {
  return setProviderOption(root, `gmcast.isolate=${isIsolated ? 1 : 0}`);
}

/** Lets a Galera node use its renewed certificate for new connections with the other nodes. */
export function renewNodeTls(root: Root & Pick<ClusterNode, 'port'>): Promise<void> {
  return setProviderOption(root, 'socket.ssl_reload=1');
}

function setProviderOption(root: Root & Pick<ClusterNode, 'port'>, option: string): Promise<void> {
  return asRoot(root, async (connection) => {
    await connection.query('SET GLOBAL wsrep_provider_options = ?', [option]);
  });
}

export async function asRoot<Result>(
  root: Root & Pick<ClusterNode, 'port'>,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const connection = await connectAsRoot(root);
  try {
    return await work(connection);
  } finally {
    connection.destroy();
  }
}

async function read<Row>(connection: Connection, statement: string): Promise<Row[]> {
  const [rows] = await connection.query<RowDataPacket[]>({ sql: statement, timeout: 2_000 });
  return rows as Row[];
}
