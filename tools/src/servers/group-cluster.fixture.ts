import type { ExecutionContext } from 'ava';
import { ensureMysql } from '../programs/mysql.ts';
import type { GroupOptions } from './cluster-node.ts';
import { nodeOptions } from './galera-cluster.fixture.ts';
import { prepareGroup, startGroup } from './group-cluster.ts';
import { superviseNodes } from './nodes.fixture.ts';

// A MySQL group for tests.

export async function groupOptions(t: ExecutionContext): Promise<GroupOptions> {
  return { ...(await nodeOptions(t)), program: await ensureMysql(() => undefined) };
}

export async function startTestGroup(t: ExecutionContext, options: GroupOptions) {
  const members = superviseNodes(t, await prepareGroup(options));
  await startGroup(options, members.of);
  return members;
}
