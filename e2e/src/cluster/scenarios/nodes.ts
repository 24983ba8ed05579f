import type { Kube, KubeObject, Pod } from '../kube.ts';
import { expectNoFailure, underLoad } from '../load.ts';
import { NotRun, type Scenario } from '../scenario.ts';
import { unevenlySpread } from '../spread.ts';
import { summaryOf } from '../tally.ts';
import { waitUntilReady } from '../wait.ts';

export const nodes: Scenario = {
  name: 'nodes',
  expectation:
    'on several nodes, replicas are on different ones, and draining one node after another under load fails no request',
  async run({ kube, users, jobsImage, say }) {
    const names = await schedulableNodes(kube);
    if (names.length < 2) throw new NotRun('this cluster has one node: nothing to spread or to drain');
    await expectSpread(kube, names);
    say(`replicas are on different nodes: ${placesOf(await kube.pods())}`);
    for (const node of names) {
      const database = await kube.pods('mysql');
      if (database.length === 1 && database[0]?.node === node) {
        say(`${node} is not drained: it has the only database`);
        continue;
      }
      const tally = await underLoad(kube, await users(), jobsImage, () => drain(kube, node));
      say(`${node} drained and used again: ${summaryOf(tally)}`);
      expectNoFailure(tally);
    }
    // A drained node stays empty until pods are created.
    for (const [component, workload] of await kube.workloads()) {
      if (component === 'mysql') continue;
      await kube.kubectl(['rollout', 'restart', workload]);
      await kube.kubectl(['rollout', 'status', workload, '--timeout=5m']);
    }
    await waitUntilReady(kube);
    await expectSpread(kube, names);
    say(`after a restart of all of them: ${placesOf(await kube.pods())}`);
  },
};

/** Evicts the pods of the release, within their disruption budgets, waits until those that can run elsewhere do, and lets pods return. */
async function drain(kube: Kube, node: string): Promise<void> {
  const own = `--pod-selector=${kube.selector}`;
  try {
    await kube.kubectl(['drain', node, own, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=5m']);
    for (const workload of (await kube.workloads()).values()) {
      if (workload.startsWith('deployment/'))
        await kube.kubectl(['rollout', 'status', workload, '--timeout=3m']);
    }
  } finally {
    await kube.kubectl(['uncordon', node]);
  }
  // Those with a volume that only this node has.
  await waitUntilReady(kube);
}

async function schedulableNodes(kube: Kube): Promise<string[]> {
  const { items } = await kube.get(['nodes']);
  return items
    .filter(({ spec }: KubeObject) => !spec.unschedulable && (spec.taints ?? []).length === 0)
    .map(({ metadata }: KubeObject) => metadata.name);
}

/** @throws Error that names the components that are not spread */
async function expectSpread(kube: Kube, names: readonly string[]): Promise<void> {
  const uneven = unevenlySpread(await kube.pods(), names);
  if (uneven.length > 0) throw new Error(`not spread over the nodes:\n${uneven.join('\n')}`);
}

function placesOf(pods: readonly Pod[]): string {
  const components = [...new Set(pods.map(({ component }) => component))].sort();
  return components
    .map((component) => {
      const on = pods.filter((pod) => pod.component === component).map(({ node }) => node);
      return `${component} ${on.sort().join(' ')}`;
    })
    .join('; ');
}
