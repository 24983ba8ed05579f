import { join } from 'node:path';
import { choosePorts } from '@guichet/ports';
import type { DatabaseProgram } from '../programs/find.ts';
import type { GaleraProgram } from '../programs/galera.ts';
import { DATABASE_NODES } from './database-nodes.ts';
import type { DatabaseOptions, PreparedFolder } from './database-server.ts';

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

/** A Galera cluster. */
export interface ClusterOptions extends Omit<DatabaseOptions, 'program' | 'folder' | 'port'> {
  program: GaleraProgram;
  nodes: readonly ClusterNode[];
}

/** A MySQL group. Of the ports of its nodes, it uses `port` and `groupPort`. */
export interface GroupOptions extends Omit<ClusterOptions, 'program'> {
  program: DatabaseProgram;
}

export interface PreparedNode extends ClusterNode {
  prepared: PreparedFolder;
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
