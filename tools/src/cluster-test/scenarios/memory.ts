import type { Scenario } from '../scenario.ts';

export const memory: Scenario = {
  name: 'memory',
  promise: 'what the bank takes at rest is known',
  async run({ kube, say }) {
    const text = await kube.kubectl(['top', 'pods', '-l', kube.selector, '--no-headers']).catch(() => null);
    if (text === null) return say('this cluster has no metrics API: not measured');
    const pods = text
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .map(([name = '', , size = '0Mi']) => ({ name, mebibytes: Number.parseInt(size, 10) }));
    const total = pods.reduce((sum, { mebibytes }) => sum + mebibytes, 0);
    say(`${pods.length} pods at rest take ${total} MiB`);
    for (const { name, mebibytes } of pods) say(`  ${name}  ${mebibytes} MiB`);
  },
};
