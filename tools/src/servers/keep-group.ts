import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterNode, GroupOptions } from './cluster-node.ts';
import { asRoot, type NodeState, readNodeState } from './node-state.ts';

const LOOK_EVERY_MS = 2_000;
/** How long a member has to join by itself after it was started. */
const ALONE_MS = 15_000;

/**
 * Lets members that are outside their group join it again while others are in it: a member tries once when it's started, which fails while the group has not yet
 * left out the process of before, or has no majority for a moment.
 */
export function keepGroup({ nodes, rootPassword }: Pick<GroupOptions, 'nodes' | 'rootPassword'>) {
  const aborted = new AbortController();
  const outsideSince = new Map<string, number>();
  const look = async () => {
    const states = await Promise.all(
      nodes.map((node) => readNodeState(node, { rootPassword }).catch(() => null)),
    );
    const hasGroup = states.some((state) => state?.state === 'joined');
    const join = async (node: ClusterNode, state: NodeState | null) => {
      const isOutside = state?.word === 'OFFLINE' || state?.word === 'ERROR';
      const since = outsideSince.get(node.name) ?? performance.now();
      if (isOutside && hasGroup) outsideSince.set(node.name, since);
      else outsideSince.delete(node.name);
      if (!outsideSince.has(node.name) || performance.now() - since < ALONE_MS) return;
      outsideSince.delete(node.name);
      await asRoot({ ...node, rootPassword }, async (root) => {
        await root.query('STOP GROUP_REPLICATION');
        await root.query('START GROUP_REPLICATION');
      }).catch(() => undefined);
    };
    await Promise.all(nodes.map((node, index) => join(node, states[index] ?? null)));
  };
  const looking = (async () => {
    while (!aborted.signal.aborted) {
      await look();
      await sleep(LOOK_EVERY_MS, undefined, { signal: aborted.signal }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      aborted.abort();
      // A member that is joining ends with its server.
      await Promise.race([looking, sleep(LOOK_EVERY_MS)]);
    },
  };
}
