import type { RowDataPacket } from 'mysql2/promise';
import type { ClusterNode, ClusterOptions } from './cluster-node.ts';
import { connectAsRoot } from './database-server.ts';

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
