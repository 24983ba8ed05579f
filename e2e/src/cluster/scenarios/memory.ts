import { setTimeout as sleep } from 'node:timers/promises';
import type { Kube } from '../kube.ts';
import type { Scenario } from '../scenario.ts';

/** A bank that has just started is not at rest, and the metrics of a pod are up to a minute old. */
const REST_MS = 60_000;
const MEASURED_WITHIN_MS = 60_000;

export const memory: Scenario = {
  name: 'memory',
  promise: 'what the bank takes at rest is known',
  async run({ kube, say }) {
    await sleep(REST_MS);
    const pods = await measure(kube);
    if (pods === null) return say('this cluster has no metrics API: not measured');
    const total = pods.reduce((sum, { mebibytes }) => sum + mebibytes, 0);
    say(`${pods.length} pods at rest take ${total} MiB`);
    for (const { name, mebibytes } of pods) say(`  ${name}  ${mebibytes} MiB`);
  },
};

/** The memory of each of the release's pods; null where nobody measures it. @throws Error where some stay without a figure */
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
    if (Date.now() > end) throw new Error(`${pods.length} of ${wanted} pods have a figure`);
    await sleep(2_000);
  }
}
