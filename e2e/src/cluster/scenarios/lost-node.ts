import { execa } from 'execa';
import type { Kube, KubeObject } from '../kube.ts';
import { underLoad } from '../load.ts';
import { machineCommands } from '../options.ts';
import { NotRun, type Scenario } from '../scenario.ts';
import { failureLines, summaryOf } from '../tally.ts';
import { waitUntilReady } from '../wait.ts';

const LOAD_POD = 'guichet-test-load';
const QUIET_SECONDS = 10;
/** Kubernetes notices after 50 s that a machine is gone. */
const NOTICED_WITHIN_MS = 180_000;

export const lostNode: Scenario = {
  name: 'lost-node',
  expectation:
    'a machine without the database is lost under load: requests fail until Kubernetes notices, and nothing acknowledged is lost',
  async run({ kube, users, jobsImage, options, say }) {
    const commands = machineCommands(kube.context, options.nodeCommands);
    if (commands === null)
      throw new NotRun('no machine can be stopped: set GUICHET_NODE_STOP and GUICHET_NODE_START');
    let node: string | null = null;
    let stoppedAt = 0;
    const tally = await underLoad(kube, await users(), jobsImage, async (load) => {
      node = await dispensableNode(kube);
      if (node === null) return;
      const pods = (await kube.pods()).filter((pod) => pod.node === node);
      say(`${node} stops, with ${pods.map(({ component }) => component).join(', ')}`);
      try {
        stoppedAt = Date.now();
        await run(commands.stop, node);
        await kube.kubectl(['wait', '--for=condition=Ready=Unknown', `node/${node}`, '--timeout=120s']);
        say(`Kubernetes noticed after ${((Date.now() - stoppedAt) / 1000).toFixed(0)} s`);
        let quiet = 0;
        await load.when(({ failed }) => {
          quiet = Object.keys(failed).length === 0 ? quiet + 1 : 0;
          return quiet === QUIET_SECONDS;
        }, NOTICED_WITHIN_MS);
      } finally {
        await run(commands.start, node);
      }
      await kube.kubectl(['wait', '--for=condition=Ready', `node/${node}`, '--timeout=180s']);
      await waitUntilReady(kube);
    });
    if (node === null) throw new NotRun('every node has the database, the DNS or the load: none was stopped');
    say(`${summaryOf(tally)}; failures over ${tally.brokenSeconds} s`);
    for (const line of failureLines(tally)) say(`  ${line}`);
    say(`  ${tally.posted} deposits posted in the meantime, each once on the account and in the log`);
  },
};

async function run([program = '', ...args]: readonly string[], node: string): Promise<void> {
  await execa(program, [...args, node]);
}

/** A node without the database, the cluster's DNS and the load, and with a pod of the bank. */
async function dispensableNode(kube: Kube): Promise<string | null> {
  const pods = await kube.pods();
  const dns = await kube.get(['pods', '--all-namespaces', '-l', 'k8s-app=kube-dns']);
  const load = await kube.get(['pod', LOAD_POD]);
  const needed = new Set<string>([
    ...pods.filter(({ component }) => component === 'mysql').map(({ node }) => node),
    ...dns.items.map(({ spec }: KubeObject) => spec.nodeName),
    load.spec.nodeName,
  ]);
  return pods.find(({ node }) => node !== '' && !needed.has(node))?.node ?? null;
}
