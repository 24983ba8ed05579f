import { setTimeout as sleep } from 'node:timers/promises';
import type { Kube } from '../kube.ts';
import { NotRun, type Scenario } from '../scenario.ts';

/** A bank that has just started is not idle, and a pod's metrics can be a minute old. */
const SETTLE_MS = 60_000;
const MEASURED_WITHIN_MS = 60_000;

export const memory: Scenario = {
  name: 'memory',
  expectation: 'the memory of an idle bank is measured',
  async run({ kube, say }) {
    await sleep(SETTLE_MS);
    const pods = await measure(kube);
    if (pods === null) throw new NotRun('this cluster has no metrics API: not measured');
    const total = pods.reduce((sum, { mebibytes }) => sum + mebibytes, 0);
    say(`${pods.length} idle pods use ${total} MiB`);
    for (const { name, mebibytes } of pods) say(`  ${name}  ${mebibytes} MiB`);
  },
};

/** The memory of each pod of the release; null without a metrics API. @throws Error if metrics are missing */
async function measure(kube: Kube): Promise<{ name: string; mebibytes: number }[] | null> {
  const wanted = (await kube.pods()).length;
  const end = Date.now() + MEASURED_WITHIN_MS;
  for (;;) {
    const text = await kube.kubectl(['top', 'pods', '-l', kube.selector, '--no-headers']).catch(() => null);
    if (text === null) return null;
    const pods = text
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .map(([name = '', , size = '0Mi']) => ({ name, mebibytes: Number.parseInt(size, 10) }));
    if (pods.length === wanted) return pods;
    if (Date.now() > end) throw new Error(`${pods.length} of ${wanted} pods have metrics`);
    await sleep(2_000);
  }
}
