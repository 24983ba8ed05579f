import type { Scenario } from '../scenario.ts';
import { waitUntilReady } from '../wait.ts';

export const install: Scenario = {
  name: 'install',
  promise: 'one command brings the whole bank up, and --wait tells when',
  async run({ kube, chart, tags, say }) {
    const said = await kube.helm([
      'install',
      kube.release,
      ...chart(tags.first),
      '--wait',
      '--timeout',
      '5m',
    ]);
    if (!said.ok) throw new Error(said.text);
    say(`helm install --wait: all ready after ${said.seconds.toFixed(0)} s`);
    const left = await waitUntilReady(kube, 10_000);
    say(`${left.pods} pods, ${left.restarts} restarts`);
  },
};

export const helmTest: Scenario = {
  name: 'helm-test',
  promise: 'helm test moves money, and leaves nothing of it behind',
  async run({ kube, say }) {
    const said = await kube.helm(['test', kube.release, '--logs', '--timeout', '3m']);
    if (!said.ok) throw new Error(said.text);
    say(`helm test passed in ${said.seconds.toFixed(0)} s`);
    for (const line of said.text.split('\n').filter((one) => one.startsWith('ok '))) say(`  ${line}`);
  },
};
